"""The networks: PoseMLP, LongTransformer, ST-GCN, and the fusion of their branches."""

"""The networks: PoseMLP, LongTransformer, ST-GCN and their fusion."""

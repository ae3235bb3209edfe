"""The models that read key points, against ST-GCN."""

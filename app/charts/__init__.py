"""Charts: plain values in, a plotly figure out."""

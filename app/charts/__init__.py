"""Charts: functions from plain values to a plotly figure."""

"""Statistics on predictions: results tables, intervals, calibration, agreement, model selection. Free of torch."""

"""What a model is worth, from predictions alone: tables, intervals, calibration, agreement, selection. Free of torch."""

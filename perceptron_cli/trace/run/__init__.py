"""A training run, narrated: its epochs, scores, plots and predictions."""

"""Studies: many runs, until an answer is as exact as it was asked for."""

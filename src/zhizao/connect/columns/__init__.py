"""Which column is what, and its cells as typed fields."""

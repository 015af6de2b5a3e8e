"""Statistics that learning needs; they know nothing of plants."""

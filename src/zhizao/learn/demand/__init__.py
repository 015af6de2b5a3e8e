"""How orders come in."""

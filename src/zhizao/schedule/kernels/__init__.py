"""Compiled loops of the scheduler: pure functions over integer arrays."""

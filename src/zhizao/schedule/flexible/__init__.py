"""Flexible job shops: eligible machines an operation, makespan: search over moves and machines."""

"""Permutation lines with setups: one order of jobs for all machines."""

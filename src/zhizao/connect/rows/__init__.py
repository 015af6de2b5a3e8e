"""Mapped tables as records: one row for each report of an operation."""

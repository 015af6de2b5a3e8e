"""Factories: tardiness, setups, calendars, crews, batches, pins: dispatch, tuning, search."""

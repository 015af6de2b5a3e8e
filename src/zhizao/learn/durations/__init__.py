"""How long things take: work, setups, stops, waits, and for how many at once."""

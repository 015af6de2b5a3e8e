"""Which way orders go: steps, variants, detours, yields, and who can do what."""

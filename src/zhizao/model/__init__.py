"""The nouns: what a plant is, what is wanted, what happened, what is tried."""

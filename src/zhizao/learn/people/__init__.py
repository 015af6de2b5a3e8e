"""Who works: crews, whom they serve, when they are there, what they do next."""

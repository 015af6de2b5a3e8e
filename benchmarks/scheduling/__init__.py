"""Our plans beside those of others, on published instances."""

"""What is wrong with records, counted, in words."""

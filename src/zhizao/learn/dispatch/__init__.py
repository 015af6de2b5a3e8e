"""What is taken next from a queue, and on which machine."""

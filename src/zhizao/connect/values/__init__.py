"""What the cells say: numbers, instants, clocks; and which of them are damaged."""

"""What every room stands on: errors, units, seeds, clock, words, files."""

"""What is wrong with the inputs of a run, or not simulated, or odd about its outcome."""

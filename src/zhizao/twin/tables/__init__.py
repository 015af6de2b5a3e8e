"""A plant and its orders as the integer tables that the kernels read."""

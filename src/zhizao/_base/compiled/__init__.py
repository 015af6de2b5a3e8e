"""How kernels of all rooms are compiled, and where compiled code is kept; it loads numba."""

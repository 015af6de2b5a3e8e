"""Job shops: one machine an operation, no setups, makespan: tabu search, elite, windows."""

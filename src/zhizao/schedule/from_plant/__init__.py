"""Plant, orders and now → the tables of a problem."""

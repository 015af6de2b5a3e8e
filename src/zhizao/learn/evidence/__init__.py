"""Records as learning sees them: reports, visits, orders, what was lost, who was busy."""

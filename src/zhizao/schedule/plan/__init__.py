"""What a planner gets: plan, difference, re-plan, promise, why late, fixes, risk."""

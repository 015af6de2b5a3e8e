"""What is decided: plans from a plant, its orders and now; bounds; explanations."""

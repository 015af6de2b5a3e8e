"""What each change of a scenario does to a plant, and how two plants differ."""

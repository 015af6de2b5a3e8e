"""Skins over the same calls: the six steps over a plant folder, the report page."""

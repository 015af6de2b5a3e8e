"""Plants in AutoSched's text format: ``read_autosched``."""

from zhizao.connect.autosched.read import AutoschedPlant, read_autosched

__all__ = ["AutoschedPlant", "read_autosched"]

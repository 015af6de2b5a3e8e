"""Published instances, read into problems; and shops made from fixed seeds."""

from benchmarks.problems.read import LAYOUTS, Instance, read_instance

__all__ = ["LAYOUTS", "Instance", "read_instance"]

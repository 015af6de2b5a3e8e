"""What would happen: a plant's twin, simulated."""

from zhizao.twin.simulate import simulate

__all__ = ["simulate"]

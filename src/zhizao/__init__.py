"""zhizao (智造): a factory's twin, learnt from the factory's own records.

The six steps as functions over a plant folder; the command line, and every
other front door, calls the same ones:

>>> import zhizao
>>> zhizao.__all__
['drop', 'learn', 'report', 'simulate', 'trust', 'try_scenarios']
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zhizao.serve.steps import drop, learn, report, simulate, trust, try_scenarios

__version__ = "0.1.0"

__all__ = ["drop", "learn", "report", "simulate", "trust", "try_scenarios"]


def __getattr__(name: str) -> Any:
    """Load a step when it is first asked for: the import itself stays light."""
    if name in __all__:
        return getattr(import_module("zhizao.serve.steps"), name)
    raise AttributeError(f"module 'zhizao' has no attribute '{name}'")

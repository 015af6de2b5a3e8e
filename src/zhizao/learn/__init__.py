"""Learn: records in, a plant with provenance and open questions out, and how far to trust it.

What is asked for is imported then: to learn a plant, the simulation need not be loaded.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zhizao.learn.back_test import backtest
    from zhizao.learn.learnt import Learnt, learn
    from zhizao.learn.questions import Question
    from zhizao.learn.reporting import Reporting, as_reported, learn_reporting
    from zhizao.learn.sentence import method_name
    from zhizao.learn.state import Floor, floor_at, shop_state
    from zhizao.learn.trust import (
        Band,
        Bottleneck,
        CutoffScore,
        OrderScore,
        Promises,
        Replay,
        Score,
        Trust,
    )

__all__ = [
    "Band",
    "Bottleneck",
    "CutoffScore",
    "Floor",
    "Learnt",
    "OrderScore",
    "Promises",
    "Question",
    "Replay",
    "Reporting",
    "Score",
    "Trust",
    "as_reported",
    "backtest",
    "floor_at",
    "learn",
    "learn_reporting",
    "method_name",
    "shop_state",
]

_MODULES = {
    **dict.fromkeys(("Learnt", "learn"), "learnt"),
    **dict.fromkeys(("Reporting", "as_reported", "learn_reporting"), "reporting"),
    **dict.fromkeys(("Floor", "floor_at", "shop_state"), "state"),
    "Question": "questions",
    "backtest": "back_test",
    "method_name": "sentence",
}


def __getattr__(name: str) -> Any:
    """Import a name of the front door when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'trust')}"), name)


def __dir__() -> list[str]:
    return __all__

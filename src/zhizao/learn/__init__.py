"""Learn: records in, a plant with provenance and open questions out, and how far to trust it.

What is asked for is imported then: to learn a plant, the simulation need not be loaded.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zhizao.learn.chosen import MOST_REPORTS, Chosen, Loss, TriedHistory, TriedRung
    from zhizao.learn.evidence.reporting import Reporting, as_reported, learn_reporting
    from zhizao.learn.learnt import Learnt, learn
    from zhizao.learn.questions.open_questions import Question
    from zhizao.learn.recipe import Recipe
    from zhizao.learn.state import Floor, floor_at, shop_state
    from zhizao.learn.trust.back_test import backtest
    from zhizao.learn.trust.breakdown import SAFE_P90
    from zhizao.learn.trust.ladder import choose_recipe
    from zhizao.learn.trust.scores import (
        Band,
        Bottleneck,
        Combined,
        CutoffScore,
        Held,
        OpenOrder,
        OrderScore,
        Promises,
        Replay,
        Score,
        Trust,
    )
    from zhizao.learn.trust.sentence import best_method, method_name

__all__ = [
    "MOST_REPORTS",
    "SAFE_P90",
    "Band",
    "Bottleneck",
    "Chosen",
    "Combined",
    "CutoffScore",
    "Floor",
    "Held",
    "Learnt",
    "Loss",
    "OpenOrder",
    "OrderScore",
    "Promises",
    "Question",
    "Recipe",
    "Replay",
    "Reporting",
    "Score",
    "TriedHistory",
    "TriedRung",
    "Trust",
    "as_reported",
    "backtest",
    "best_method",
    "choose_recipe",
    "floor_at",
    "learn",
    "learn_reporting",
    "method_name",
    "shop_state",
]

_MODULES = {
    **dict.fromkeys(("Learnt", "learn"), "learnt"),
    **dict.fromkeys(("Reporting", "as_reported", "learn_reporting"), "evidence.reporting"),
    **dict.fromkeys(("Floor", "floor_at", "shop_state"), "state"),
    **dict.fromkeys(("MOST_REPORTS", "Chosen", "Loss", "TriedHistory", "TriedRung"), "chosen"),
    "Question": "questions.open_questions",
    "Recipe": "recipe",
    "SAFE_P90": "trust.breakdown",
    "backtest": "trust.back_test",
    "choose_recipe": "trust.ladder",
    **dict.fromkeys(("best_method", "method_name"), "trust.sentence"),
}


def __getattr__(name: str) -> Any:
    """Import a name of the front door when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'trust.scores')}"), name)


def __dir__() -> list[str]:
    return __all__

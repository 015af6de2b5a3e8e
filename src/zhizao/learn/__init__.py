"""Learn: records in, a plant with provenance and open questions out, and how far to trust it."""

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

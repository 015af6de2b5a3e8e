"""The six steps over a plant folder: read, call the room, write.

The command line, and every other front door, calls these functions; none of
them prints. ``run`` and ``check`` come with the live loop.
"""

from zhizao.serve.steps._diff import diff_scenarios
from zhizao.serve.steps._drop import drop
from zhizao.serve.steps._learn import learn, learnt_summary
from zhizao.serve.steps._report import report
from zhizao.serve.steps._schedule import Planned, schedule
from zhizao.serve.steps._simulate import simulate
from zhizao.serve.steps._trust import trust
from zhizao.serve.steps._try import try_scenarios

__all__ = [
    "Planned",
    "diff_scenarios",
    "drop",
    "learn",
    "learnt_summary",
    "report",
    "schedule",
    "simulate",
    "trust",
    "try_scenarios",
]

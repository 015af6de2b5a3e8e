"""The six steps over a plant folder: read, call the room, write.

The command line, and every other front door, calls these functions; none of
them prints. ``run`` and ``check`` come with the live loop. A step is imported when
it is first asked for: reading records must not wait for the simulation to load.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zhizao.serve.steps._diff import diff_scenarios
    from zhizao.serve.steps._drop import drop
    from zhizao.serve.steps._learn import learn, learnt_summary
    from zhizao.serve.steps._long_run import long_run
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
    "long_run",
    "report",
    "schedule",
    "simulate",
    "trust",
    "try_scenarios",
]

_MODULES = {
    "Planned": "_schedule",
    "diff_scenarios": "_diff",
    "drop": "_drop",
    "learn": "_learn",
    "learnt_summary": "_learn",
    "long_run": "_long_run",
    "report": "_report",
    "schedule": "_schedule",
    "simulate": "_simulate",
    "trust": "_trust",
    "try_scenarios": "_try",
}


def __getattr__(name: str) -> Any:
    """Import a step when it is first asked for."""
    if name not in _MODULES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__

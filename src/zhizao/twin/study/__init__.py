"""Studies: many runs, until an answer is as exact as it was asked for."""

from zhizao.twin.study.long_runs import long_run
from zhizao.twin.study.results import LongRun, SteadyQuantile, SteadyStudy, TerminatingStudy
from zhizao.twin.study.steady import steady_state
from zhizao.twin.study.terminating_runs import terminating

__all__ = [
    "LongRun",
    "SteadyQuantile",
    "SteadyStudy",
    "TerminatingStudy",
    "long_run",
    "steady_state",
    "terminating",
]

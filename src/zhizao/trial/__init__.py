"""Scenarios tried on the twin: paired comparison, who gains, who loses, what supports it."""

from zhizao.trial.compare import compare
from zhizao.trial.comparison import (
    Comparison,
    KpiDifference,
    OrderDifference,
    ScenarioResult,
    SupportWarning,
)
from zhizao.trial.folder import try_scenarios
from zhizao.trial.known import Known, known_from_records
from zhizao.trial.paired import PairedDifference, paired_difference
from zhizao.trial.support import check_support

__all__ = [
    "Comparison",
    "Known",
    "KpiDifference",
    "OrderDifference",
    "PairedDifference",
    "ScenarioResult",
    "SupportWarning",
    "check_support",
    "compare",
    "known_from_records",
    "paired_difference",
    "try_scenarios",
]

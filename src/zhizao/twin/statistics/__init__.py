"""What simulated numbers are worth: intervals, warm-up, how many runs, learnt values.

Pure functions over arrays, apart from the engine, so that each can be measured
on cases with known answers.
"""

from zhizao.twin.statistics.batches import BatchMeans, batch_means, independence_p_value
from zhizao.twin.statistics.drawn_inputs import DrawnIntervals, drawn_intervals
from zhizao.twin.statistics.input_uncertainty import UncertaintySplit, split_uncertainty
from zhizao.twin.statistics.interval import Interval, mean_interval
from zhizao.twin.statistics.paired import PairedInterval, paired_interval, variance_ratio
from zhizao.twin.statistics.quantile import (
    QuantileInterval,
    mean_quantile_interval,
    quantile_interval,
)
from zhizao.twin.statistics.replication import ReplicationDeletion, replication_deletion
from zhizao.twin.statistics.sequential import HalfWidthReached, until_half_width
from zhizao.twin.statistics.warm_up import WarmUp, warm_up_mser5

__all__ = [
    "BatchMeans",
    "DrawnIntervals",
    "HalfWidthReached",
    "Interval",
    "PairedInterval",
    "QuantileInterval",
    "ReplicationDeletion",
    "UncertaintySplit",
    "WarmUp",
    "batch_means",
    "drawn_intervals",
    "independence_p_value",
    "mean_interval",
    "mean_quantile_interval",
    "paired_interval",
    "quantile_interval",
    "replication_deletion",
    "split_uncertainty",
    "until_half_width",
    "variance_ratio",
    "warm_up_mser5",
]

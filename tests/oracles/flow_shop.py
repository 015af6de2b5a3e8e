"""Permutation flow shops with setups, slowly: nested loops and all permutations."""

from itertools import permutations


def flow_shop_makespan(order, times, setups, first):
    """Makespan of a sequence: times[j][m], setups[i][j][m], first[j][m]."""
    ends = [0] * len(times[0])
    before = None
    for j in order:
        left = 0
        for m, time in enumerate(times[j]):
            free = first[j][m] if before is None else ends[m] + setups[before][j][m]
            left = max(left, free) + time
            ends[m] = left
        before = j
    return ends[-1]


def best_flow_shop_makespan(times, setups, first):
    """Least makespan over all sequences."""
    return min(
        flow_shop_makespan(order, times, setups, first) for order in permutations(range(len(times)))
    )

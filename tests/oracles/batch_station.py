"""A slow, obvious station of batches: what the twin's event loop must agree with.

Plain dicts in, a list out; nothing from the package. Seconds.

``lots``: list of ``{"arrives", "due", "pieces", "group"}``; ``groups``: ``{name: {"min", "max",
"wait" (may be infinite), "seconds" of a batch, "piece_seconds"}}``.
"""

import math


def run_batch_station(lots, groups, *, n_slots, rule, load, unload, until):
    """Return each lot's completion, nan where it has none by ``until``."""
    completion = [math.nan] * len(lots)
    waiting = []
    free_at = [0.0] * n_slots
    instants = {lot["arrives"] for lot in lots}
    instants |= {lot["arrives"] + groups[lot["group"]]["wait"] for lot in lots}
    arrived = set()
    while instants:
        t = min(instants)
        instants.remove(t)
        if t > until:
            break
        for i, lot in enumerate(lots):
            if lot["arrives"] <= t and i not in arrived:
                arrived.add(i)
                waiting.append(i)
        for slot in range(n_slots):
            if free_at[slot] > t:
                continue
            batch = choose(lots, groups, waiting, rule, t)
            if not batch:
                break
            group = groups[lots[batch[0]]["group"]]
            pieces = sum(lots[i]["pieces"] for i in batch)
            end = t + (unload + load + (group["seconds"] + group["piece_seconds"] * pieces))
            free_at[slot] = end
            instants.add(end)
            for i in batch:
                waiting.remove(i)
                completion[i] = end if end <= until else math.nan
    return completion


def choose(lots, groups, waiting, rule, t):
    def order(i):
        lot = lots[i]
        return (lot["due"] if rule == "edd" else 0.0, lot["arrives"], i)

    for first in sorted(waiting, key=order):
        group = groups[lots[first]["group"]]
        same = sorted((i for i in waiting if lots[i]["group"] == lots[first]["group"]), key=order)
        if same[0] != first:
            continue
        batch, pieces, something_does_not_fit = [], 0.0, False
        for i in same:
            if not batch or pieces + lots[i]["pieces"] <= group["max"]:
                batch.append(i)
                pieces += lots[i]["pieces"]
            else:
                something_does_not_fit = True
        oldest = min(lots[i]["arrives"] for i in same)
        has_waited = oldest + group["wait"] <= t
        if pieces >= group["min"] or something_does_not_fit or has_waited:
            return batch
    return []

"""A slow, obvious machine that lots cascade through, set up beside the lot before. Seconds.

First come, first served. ``lots``: list of ``(arrival, family, work)`` in order of arrival;
``setups``: seconds by (from, to), 0 where there is none; ``downs``: list of (start, end).
"""


def work_until(t, work, downs):
    """Return when ``work`` from ``t`` on is over, which stands still while the machine is down."""
    for start, end in downs:
        if start < t + work and end > t:
            if start > t:
                work -= start - t
            t = end
    return t + work


def run_cascading_machine(lots, setups, *, interval, downs=()):
    """Return ``(chosen, enters, leaves)`` of each lot."""
    family, may_choose, set_up_until, ends, found = None, 0.0, 0.0, [], []
    for arrival, wanted, work in lots:
        chosen = max(arrival, may_choose)
        for start, end in downs:
            if start <= chosen < end:
                chosen = end
        setup = setups.get((family, wanted), 0.0)
        if setup > 0.0:
            set_up_until = max(set_up_until, work_until(chosen, setup, downs))
        enters = max(chosen, set_up_until)
        leaves = work_until(enters, work, downs)
        # At most one lot is inside beside the one that is chosen.
        may_choose = max(work_until(chosen, interval, downs), max(ends, default=0.0))
        ends.append(leaves)
        found.append((chosen, enters, leaves))
        family = wanted
    return found

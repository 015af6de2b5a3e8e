"""A list of operations turned into a plan, tick by tick: slow and obvious, no import of ours.

``shop`` is a plain object with the fields of a problem. Known: one place a machine, calendars
with the three kinds of interruption, setups that wait for their lot, at most one need of one
skill an operation, delays and material, one group a skill.
"""


def spans_of(shop, calendar):
    if calendar < 0:
        return None
    c = shop.calendars
    return [
        (int(c.start[a]), int(c.end[a]))
        for a in range(int(c.first[calendar]), int(c.first[calendar + 1]))
    ]


def is_open(spans, t):
    return spans is None or any(a <= t < b for a, b in spans)


def work(spans, t, ticks):
    """Return when ``ticks`` open ticks from ``t`` on are over."""
    while ticks > 0:
        if is_open(spans, t):
            ticks -= 1
        t += 1
    return t


def build_list(shop, sequence, mode, horizon=5000):  # noqa: C901 - all rules in one place
    n = len(shop.mode_first) - 1
    job = [
        j
        for j in range(len(shop.job_first) - 1)
        for _ in range(int(shop.job_first[j]), int(shop.job_first[j + 1]))
    ]
    free = [0] * shop.n_machines
    family = [-1] * shop.n_machines
    if shop.setups is not None:
        family = [int(f) for f in shop.setups.initial_family]
    units = []
    if shop.crews is not None:
        units = [[0] * int(k) for k in shop.crews.n_units]
    begin, start, end = [0] * n, [0] * n, [0] * n
    for i in sequence:
        m, duration = int(shop.mode_machine[mode[i]]), int(shop.mode_duration[mode[i]])
        own = None
        kind = 0
        if shop.calendars is not None:
            own = spans_of(shop, int(shop.calendars.of_machine[m]))
            kind = int(shop.calendars.interruption[i])
        ready, start_from = int(shop.release[job[i]]), 0
        if i > shop.job_first[job[i]]:
            ready = max(ready, end[i - 1])
        if shop.lags is not None:
            number = int(shop.lags.delay_calendar[i])
            ready = work(spans_of(shop, number), ready, int(shop.lags.delay[i]))
            ready = max(ready, int(shop.lags.earliest[i]))
            start_from = int(shop.lags.start_from[i])
        setup = 0
        if shop.setups is not None:
            s = shop.setups
            table, before, after = (
                int(s.table_of_machine[m]),
                family[m],
                int(s.family_of_operation[i]),
            )
            if table >= 0 and before >= 0 and after >= 0:
                setup = int(s.ticks[table, before, after])
        skill, group = -1, None
        if shop.crews is not None and shop.crews.need_first[i + 1] > shop.crews.need_first[i]:
            skill = int(shop.crews.need_skill[shop.crews.need_first[i]])
            group = int(shop.crews.group[shop.crews.group_first[skill]])
        for t in range(max(ready, free[m]), horizon):
            if not is_open(own, t):
                continue
            used = None if kind == 2 else own
            s_end = work(used, t, setup)
            begins = s_end
            if setup:
                while not is_open(used, begins):
                    begins += 1
            if begins < start_from:
                continue
            ends = work(used, begins, duration)
            if kind == 1 and own is not None:
                longest = max(b - a for a, b in own)
                if setup + duration <= longest and not any(a <= t and ends <= b for a, b in own):
                    continue
            if group is not None:
                crew_spans = spans_of(shop, int(shop.crews.calendar_of_group[group]))
                idle = [u for u in range(len(units[group])) if units[group][u] <= t]
                if not idle or not is_open(crew_spans, t):
                    continue
                chosen = max(idle, key=lambda u: (units[group][u], -u))
                units[group][chosen] = ends
            begin[i], start[i], end[i] = t, begins, ends
            break
        else:
            raise AssertionError(f"operation {i} finds no time")
        free[m] = end[i]
        if shop.setups is not None and shop.setups.family_of_operation[i] >= 0:
            family[m] = int(shop.setups.family_of_operation[i])
    return begin, start, end

"""Random small factories with everything in them; for tests."""

import numpy as np

from zhizao.schedule.links import Buffers, Joins, Limits, Overlaps
from zhizao.schedule.problem import (
    NONE,
    Batches,
    Calendars,
    Crews,
    Lags,
    Pins,
    Previous,
    Problem,
    Setups,
    Upkeep,
)

ALL = (
    "calendars",
    "lags",
    "crews",
    "batches",
    "pins",
    "upkeep",
    "places",
    "hold",
    "same",
    "previous",
    "setups",
    "joins",
    "overlaps",
    "limits",
    "buffers",
)


def random_factory(seed, *, n_jobs=8, n_machines=4, parts=ALL, needs_lot=None):  # noqa: C901 - a part after another
    rng = np.random.default_rng(seed)
    n_of_job = rng.integers(1, 5, n_jobs)
    job_first = np.concatenate([[0], np.cumsum(n_of_job)])
    n = int(job_first[-1])
    machines, durations, mode_first = [], [], [0]
    for _ in range(n):
        eligible = rng.choice(
            n_machines, size=rng.integers(1, min(3, n_machines) + 1), replace=False
        )
        base = int(rng.integers(1, 20))
        machines += sorted(eligible.tolist())
        durations += [max(1, base + int(rng.integers(-1, 4))) for _ in eligible]
        mode_first.append(len(machines))
    machines, durations = np.array(machines, np.int32), np.array(durations)
    mode_first = np.array(mode_first)
    given = {}
    kept = {p for p in parts if rng.random() < 0.6 or len(parts) == 1}
    if needs_lot is None:
        needs_lot = bool(rng.random() < 0.5)
    if "setups" in kept:
        n_f = int(rng.integers(1, 4))
        family = rng.integers(0, n_f, n).astype(np.int32)
        ticks = rng.integers(0, 9, (2, n_f, n_f))
        given["setups"] = Setups(
            table_of_machine=rng.integers(-1, 2, n_machines).astype(np.int32),
            family_of_operation=family,
            initial_family=rng.integers(-1, n_f, n_machines).astype(np.int32),
            ticks=ticks,
            needs_lot=needs_lot,
        )
    first = np.array([0])
    if "calendars" in kept:
        spans, ends = [], [0]
        for _ in range(2):
            t = int(rng.integers(0, 10))
            for _ in range(300):
                length = int(rng.integers(10, 40))
                spans.append((t, t + length))
                t += length + int(rng.integers(1, 30))
            ends.append(len(spans))
        first = np.array(ends)
        given["calendars"] = Calendars(
            first=first,
            start=np.array([a for a, _ in spans]),
            end=np.array([b for _, b in spans]),
            of_machine=rng.integers(-1, 2, n_machines).astype(np.int32),
            interruption=rng.integers(0, 3, n).astype(np.int8),
        )
    top = len(first) - 1
    if "lags" in kept:
        given["lags"] = Lags(
            delay=rng.integers(0, 6, n),
            delay_calendar=rng.integers(-1, top, n).astype(np.int32),
            earliest=np.where(rng.random(n) < 0.2, rng.integers(0, 60, n), 0),
            area_of_machine=rng.integers(0, 2, n_machines).astype(np.int32),
            area_of_operation=rng.integers(-1, 2, n).astype(np.int32),
            transport=np.array([[0, 4], [3, 0]]),
            start_from=np.where(rng.random(n) < 0.3, rng.integers(0, 90, n), 0),
        )
    if "crews" in kept:
        n_needs = rng.integers(0, 3, n)
        need_first = np.concatenate([[0], np.cumsum(n_needs)])
        attended = needs_lot and "setups" in kept
        given["crews"] = Crews(
            need_first=need_first,
            need_skill=rng.integers(0, 2, int(need_first[-1])).astype(np.int32),
            setup_skill=rng.integers(-1, 1, n_machines).astype(np.int32)
            if attended
            else np.full(n_machines, NONE, np.int32),
            group_first=np.array([0, 2, 4]),
            group=np.array([0, 2, 1, 2], np.int32),
            n_units=np.array([1, 2, 2]),
            calendar_of_group=rng.integers(-1, top, 3).astype(np.int32),
        )
    if "places" in kept:
        given["n_places"] = rng.integers(1, 3, n_machines)
    hold = durations
    if "hold" in kept:
        hold = np.maximum(1, durations - rng.integers(0, 5, len(durations)))
        given["mode_hold"] = hold
    if "batches" in kept:
        key = np.where(rng.random(n) < 0.5, rng.integers(0, 2, n), NONE)
        per_piece = 0.5 * (rng.random(len(durations)) < 0.5)
        pieces = rng.integers(1, 4, n).astype(float)
        alone = np.repeat(pieces, np.diff(mode_first)) * per_piece
        fixed = np.maximum(1.0, durations - alone)
        durations = np.where(
            np.repeat(key, np.diff(mode_first)) >= 0, np.ceil(fixed + alone), durations
        ).astype(int)
        given["batches"] = Batches(
            key=key.astype(np.int32),
            pieces=pieces,
            least=np.full(n, 2.0),
            largest=np.full(n, 5.0),
            wait=rng.integers(0, 10, n),
            fixed=fixed,
            per_piece=per_piece,
        )
        if "mode_hold" in given:
            given["mode_hold"] = np.where(
                np.repeat(key, np.diff(mode_first)) >= 0, durations, np.minimum(hold, durations)
            )
    if "upkeep" in kept:
        given["upkeep"] = Upkeep(
            machine=np.array([0, 0, n_machines - 1], np.int32)
            if n_machines > 1
            else np.zeros(3, np.int32),
            counts=np.array([0, 2, 1], np.int8),
            first=np.array([20, 2, 15]),
            every=np.array([50, 3, 30]),
            duration=np.array([6, 2, 3]),
            skill=rng.integers(-1, 2, 3).astype(np.int32) if "crews" in given else None,
        )
    if "same" in kept:
        same = np.full(n, NONE)
        for j in range(n_jobs):
            for i in range(int(job_first[j]) + 1, int(job_first[j + 1])):
                mine = set(machines[mode_first[i] : mode_first[i + 1]].tolist())
                theirs = set(machines[mode_first[i - 1] : mode_first[i]].tolist())
                if theirs <= mine and rng.random() < 0.5:
                    same[i] = i - 1
        given["same_machine_as"] = same
    if "pins" in kept:
        # A job's first operations, one after another on a machine of their own time.
        chosen, t = [], 0
        m = int(rng.integers(0, n_machines))
        for j in range(n_jobs):
            i = int(job_first[j])
            modes = [k for k in range(mode_first[i], mode_first[i + 1]) if machines[k] == m]
            if modes and len(chosen) < 2:
                begin = t + int(rng.integers(0, 30))
                chosen.append((i, modes[0], begin, begin, begin + int(durations[modes[0]])))
                t = chosen[-1][4] + 10
        if chosen:
            rows = np.array(chosen)
            given["pins"] = Pins(
                operation=rows[:, 0],
                mode=rows[:, 1],
                begin=rows[:, 2],
                start=rows[:, 3],
                end=rows[:, 4],
            )
    if "previous" in kept:
        given["previous"] = Previous(
            machine=machines[mode_first[:-1]].astype(np.int32),
            start=rng.integers(0, 60, n),
            until=40,
            tolerance=5,
        )
    given |= random_links(rng, kept, job_first, mode_first, durations, given)
    release = rng.integers(0, 30, n_jobs)
    if "pins" in given:
        release[np.searchsorted(job_first, given["pins"].operation, side="right") - 1] = 0
    return Problem(
        n_machines=n_machines,
        job_first=job_first,
        release=release,
        due=release + rng.integers(10, 120, n_jobs),
        weight=rng.integers(1, 4, n_jobs).astype(float),
        mode_first=mode_first,
        mode_machine=machines,
        mode_duration=durations,
        **given,
    )


def random_links(rng, kept, job_first, mode_first, durations, given):  # noqa: C901 - a part after another
    n_jobs, n = len(job_first) - 1, len(mode_first) - 1
    found = {}
    alone = np.ones(n, dtype=bool)
    if "batches" in given:
        alone &= given["batches"].key == NONE
    if "mode_hold" in given:
        whole = given["mode_hold"] >= durations
        alone &= np.logical_and.reduceat(whole, mode_first[:-1])
    # Pairs of operations that follow each other and go alone.
    pairs = [
        (i - 1, i)
        for j in range(n_jobs)
        for i in range(int(job_first[j]) + 1, int(job_first[j + 1]))
        if alone[i] and alone[i - 1]
    ]
    if "joins" in kept and n_jobs > 1:
        rows = []
        for _ in range(int(rng.integers(1, 6))):
            a, b = sorted(rng.choice(n_jobs, 2, replace=False).tolist())
            before = int(rng.integers(job_first[a], job_first[a + 1]))
            after = int(rng.integers(job_first[b], job_first[b + 1]))
            asked = before > job_first[a] and bool(rng.random() < 0.4)
            rows.append((before, after, int(rng.integers(0, 15)), asked))
        found["joins"] = Joins(
            before=np.array([r[0] for r in rows]),
            after=np.array([r[1] for r in rows]),
            lag=np.array([r[2] for r in rows]),
            is_asked=np.array([r[3] for r in rows]),
        )
    if "overlaps" in kept and pairs:
        first, last = durations.copy(), np.zeros(len(durations), np.int64)
        for a, b in pairs:
            if rng.random() < 0.5:
                for k in range(mode_first[a], mode_first[a + 1]):
                    first[k] = rng.integers(1, durations[k] + 1)
                for k in range(mode_first[b], mode_first[b + 1]):
                    last[k] = rng.integers(1, durations[k] + 1)
        found["overlaps"] = Overlaps(first=first, last=last)
    if "limits" in kept and pairs:
        # Room for delays, carrying and closings that no plan can avoid.
        least = 150 if given.keys() & {"lags", "calendars", "crews"} else 0
        chosen = [pair for pair in pairs if rng.random() < 0.4]
        chosen += [(a, b + 1) for a, b in pairs if (b, b + 1) in pairs and rng.random() < 0.2]
        found["limits"] = Limits(
            before=np.array([a for a, _ in chosen], np.int64),
            after=np.array([b for _, b in chosen], np.int64),
            most=rng.integers(0, 40, len(chosen))
            + least
            + 35 * np.array([b - a > 1 for a, b in chosen]),
        )
    if "buffers" in kept and pairs:
        buffer = np.full(n, NONE, np.int32)
        for _, b in pairs:
            if rng.random() < 0.5:
                buffer[b] = rng.integers(0, 2)
        found["buffers"] = Buffers(of_operation=buffer, n_lots=rng.integers(0, 3, 2))
    return found

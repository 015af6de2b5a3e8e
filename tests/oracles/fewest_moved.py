"""The fewest operations that move in any plan: every begin of every operation is tried."""

from itertools import product


def fewest_moved(jobs, *, old, tolerance, until, busy, last):
    """Return the least number of operations that move; each machine does one at a time.

    jobs: list of lists of (earliest, {machine: duration}). old: job → list of (machine, start).
    busy: machine → end of what it does first. Begins after ``last`` are not tried: everything can
    be done by then.
    """
    operations = [(j, k) for j, steps in enumerate(jobs) for k in range(len(steps))]
    best = len(operations) + 1

    def place(n, moved, ends, taken):
        nonlocal best
        if moved >= best:
            return
        if n == len(operations):
            best = moved
            return
        j, k = operations[n]
        earliest, modes = jobs[j][k]
        ready = max(earliest, ends.get((j, k - 1), 0))
        was_on, was_at = old[j][k]
        counts = was_at < until
        for (machine, duration), start in product(modes.items(), range(ready, last + 1)):
            end = start + duration
            if start < busy.get(machine, 0):
                continue
            if any(m == machine and start < b and a < end for m, a, b in taken):
                continue
            is_moved = counts and (machine != was_on or abs(start - was_at) > tolerance)
            place(
                n + 1,
                moved + is_moved,
                {**ends, (j, k): end},
                [*taken, (machine, start, end)],
            )

    place(0, 0, {}, [])
    return best

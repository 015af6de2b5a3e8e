"""Job shops, slowly: longest ways by repeated relaxation, all sequences, dispatch by scanning."""

from itertools import pairwise


def longest_ways(jobs, sequences, *, release):
    """Starts, and the work that must follow each operation's end, by repeated relaxation.

    ``jobs[j]`` is a list of (machine, duration), ``sequences[m]`` a list of (job, step).
    Returns two dicts by (job, step), or None where the sequences close a cycle.
    """
    following = []
    for j, steps in enumerate(jobs):
        following += [((j, k), (j, k + 1)) for k in range(len(steps) - 1)]
    for sequence in sequences:
        following += list(pairwise(sequence))
    work = {(j, k): steps[k][1] for j, steps in enumerate(jobs) for k in range(len(steps))}
    start = {(j, k): release[j] for j, k in work}
    after = dict.fromkeys(work, 0)
    for _ in range(len(work) + 1):
        has_changed = False
        for one, other in following:
            if start[one] + work[one] > start[other]:
                start[other] = start[one] + work[one]
                has_changed = True
            if after[other] + work[other] > after[one]:
                after[one] = after[other] + work[other]
                has_changed = True
        if not has_changed:
            return start, after
    return None


def best_makespan(jobs, *, release):
    """Least makespan: every interleaving of the jobs, each operation as early as it can."""

    def rest(done, job_free, machine_free):
        left = [j for j, steps in enumerate(jobs) if done[j] < len(steps)]
        if not left:
            return max(job_free)
        best = None
        for j in left:
            machine, work = jobs[j][done[j]]
            end = max(job_free[j], machine_free[machine]) + work
            value = rest(
                [d + (i == j) for i, d in enumerate(done)],
                [end if i == j else f for i, f in enumerate(job_free)],
                {**machine_free, machine: end},
            )
            best = value if best is None else min(best, value)
        return best

    machines = {machine for steps in jobs for machine, _ in steps}
    return rest([0] * len(jobs), list(release), dict.fromkeys(machines, 0))


def dispatched_starts(jobs, rank, *, release):
    """Starts of a non-delay plan: at each instant, each free machine takes the least rank.

    ``rank[(job, step)]``; returns {operation: start}.
    """
    start = {}
    done = [0] * len(jobs)
    job_free = list(release)
    machine_free = {machine: 0 for steps in jobs for machine, _ in steps}
    now = 0
    while any(done[j] < len(steps) for j, steps in enumerate(jobs)):
        for machine, free in machine_free.items():
            if free > now:
                continue
            ready = [
                (rank[j, done[j]], j)
                for j, steps in enumerate(jobs)
                if done[j] < len(steps) and steps[done[j]][0] == machine and job_free[j] <= now
            ]
            if ready:
                j = min(ready)[1]
                start[j, done[j]] = now
                job_free[j] = machine_free[machine] = now + jobs[j][done[j]][1]
                done[j] += 1
        now += 1
    return start

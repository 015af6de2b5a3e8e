# mypy: disable-error-code="no-any-return"
"""What a plan costs: jobs by their completion, operations by setup and by leaving a plan."""

from zhizao._base.compiled.kinds import inner_kernel, kernel
from zhizao.schedule.kernels.factory_tables import WORKS_OVERTIME, Factory, Plan, Table


@inner_kernel
def job_cost(factory: Factory, j: int, completion: int) -> float:
    """Return what a job costs that is completed at an instant."""
    one = factory.jobs[j]
    cost = one.flow * max(0, completion - one.release)
    if completion > one.due:
        cost += one.late + one.tardy * (completion - one.due)
    return cost


@inner_kernel
def metered(meters: Table, first: int, end: int, t: int) -> float:
    """Return what has counted until an instant; nothing before 0."""
    low = first
    high = end
    while high - low > 1:
        middle = (low + high) >> 1
        if meters[middle].start <= t:
            low = middle
        else:
            high = middle
    return meters[low].before + meters[low].rate * max(0, t - meters[low].start)


@kernel
def energy_cost(factory: Factory, plan: Plan, i: int) -> float:
    """Return what the electricity of an operation and its setup costs beyond idling.

    What follows another operation in a batch uses none; a place that others enter before the
    operation is done is counted until then. A lot that keeps its place for want of room draws nothing.
    """
    row = plan.rows[i]
    if row.head != i or row.place < 0:
        return 0.0
    one = factory.machines[factory.modes[row.mode].machine]
    if one.meter_first == one.meter_end:
        return 0.0
    meters = factory.meters
    start = metered(meters, one.meter_first, one.meter_end, row.start)
    work = metered(meters, one.meter_first, one.meter_end, min(row.hold, row.end)) - start
    change = start - metered(meters, one.meter_first, one.meter_end, row.begin)
    cost = one.busy * work + one.setup * change
    if factory.operations[i].interruption == WORKS_OVERTIME:
        start = metered(meters, 0, factory.clock_end, row.start)
        all_work = metered(meters, 0, factory.clock_end, min(row.hold, row.end)) - start
        all_change = start - metered(meters, 0, factory.clock_end, row.begin)
        cost += one.busy_closed * (all_work - work) + one.setup_closed * (all_change - change)
    return cost


@inner_kernel
def operation_cost(factory: Factory, plan: Plan, i: int) -> float:
    """Return what the setup of an operation costs, and its move against the previous plan."""
    cost = factory.per_setup * plan.rows[i].setup
    if factory.clock_end > 0:
        cost += energy_cost(factory, plan, i)
    if factory.operations[i].per_move > 0.0:
        cost += factory.operations[i].per_move * moves(factory, plan, i)
    return cost


@inner_kernel
def is_moved(factory: Factory, plan: Plan, i: int) -> bool:
    """Return whether an operation has left its machine or its time in the previous plan."""
    one = factory.operations[i]
    if factory.modes[plan.rows[i].mode].machine != one.old_machine:
        return True
    return abs(plan.rows[i].start - one.old_start) > factory.tolerance


@inner_kernel
def moves(factory: Factory, plan: Plan, i: int) -> int:
    """Return 1 for an operation that counts and has moved, else 0."""
    if factory.operations[i].counts == 1 and is_moved(factory, plan, i):
        return 1
    return 0


@inner_kernel
def excess_cost(factory: Factory, n_moved: int) -> float:
    """Return what more moves than allowed cost."""
    return factory.per_excess * max(0, n_moved - factory.most_moved)


@inner_kernel
def last_end(factory: Factory, plan: Plan) -> int:
    """Return when the last job is done."""
    last = 0
    for j in range(factory.jobs.size):
        if factory.jobs[j].operation_end > factory.jobs[j].operation_first:
            last = max(last, plan.rows[factory.jobs[j].operation_end - 1].end)
    return last


@kernel
def plan_cost(factory: Factory, plan: Plan) -> float:
    """Return what a whole plan costs."""
    cost = factory.per_makespan * last_end(factory, plan)
    for j in range(factory.jobs.size):
        end = factory.jobs[j].operation_end
        if end > factory.jobs[j].operation_first:
            cost += job_cost(factory, j, plan.rows[end - 1].end)
    n_moved = 0
    for i in range(factory.operations.size):
        cost += operation_cost(factory, plan, i)
        n_moved += moves(factory, plan, i)
    return cost + excess_cost(factory, n_moved)

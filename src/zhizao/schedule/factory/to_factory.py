"""Problem and objective → the tables of the factory kernels, with nothing absent."""

import numpy as np

from zhizao.schedule.costs import Costs
from zhizao.schedule.factory.factory_assignment import FactoryAssignment
from zhizao.schedule.factory.factory_crews import crew_tables
from zhizao.schedule.factory.factory_meters import meter_tables
from zhizao.schedule.factory.factory_rows import (
    calendar_tables,
    job_table,
    machine_table,
    mode_table,
    operation_table,
    setup_tables,
    table_of,
    upkeep_table,
)
from zhizao.schedule.factory.factory_ties import tie_tables
from zhizao.schedule.factory.pinned import pin_tables, reserve
from zhizao.schedule.kernels.factory_tables import DUE, P_UNIT, PLACE, PLANNED, Factory, Plan, State
from zhizao.schedule.problem import NONE, Problem

MOVE_TOO_MANY = 1e5
"""What each move costs beyond those that are allowed, in units of the objective: more than any
plan can save by it."""


def to_factory(problem: Problem, costs: Costs) -> Factory:
    """Return a problem as the kernels read it."""
    spans, calendars = calendar_tables(problem)
    crews = crew_tables(problem)
    machines = machine_table(problem)
    families, setup = setup_tables(problem)
    meters = meter_tables(problem, costs, machines)
    pins = pin_tables(problem, machines=machines, groups=crews.groups)
    tied = tie_tables(problem, n_units=len(pins.units))
    units = table_of(PLACE, n=len(pins.units) + tied.n_places)
    units[: len(pins.units)] = pins.units
    return Factory(
        operations=operation_table(problem, costs),
        modes=mode_table(problem),
        jobs=job_table(problem, costs),
        machines=machines,
        families=families,
        setup=setup,
        calendars=calendars,
        spans=spans,
        transport=np.zeros((1, 1), np.int64)
        if problem.lags is None
        else np.ascontiguousarray(problem.lags.transport, np.int64),
        need_skill=crews.need_skill,
        skills=crews.skills,
        skill_group=crews.skill_group,
        groups=crews.groups,
        places=pins.places,
        pins=pins.pins,
        units=units,
        unit_pins=pins.unit_pins,
        upkeep=upkeep_table(problem),
        ties=tied.ties,
        joins=tied.joins,
        needs_lot=int(problem.setups is not None and problem.setups.needs_lot),
        tolerance=0 if problem.previous is None else int(problem.previous.tolerance),
        per_setup=float(costs.setup),
        per_makespan=float(costs.makespan),
        most_moved=problem.n_operations if costs.most_moved is None else costs.most_moved,
        per_excess=MOVE_TOO_MANY,
        meters=meters.table,
        clock_end=meters.clock_end,
        cheaper=meters.cheaper,
        changes=meters.changes,
    )


def empty_plan(problem: Problem, factory: Factory) -> Plan:
    """Return a plan in which only the pinned operations are placed."""
    rows = table_of(
        PLANNED,
        n=problem.n_operations,
        mode=NONE,
        place=NONE,
        setup_unit=NONE,
        head=np.arange(problem.n_operations),
    )
    unit = np.full(len(factory.need_skill), NONE, np.int64)
    pins = problem.pins
    if pins is not None:
        reserved = reserve(problem, machines=factory.machines, groups=factory.groups)
        i = pins.operation
        rows["mode"][i], rows["place"][i] = pins.mode, reserved.place
        rows.begin[i], rows.start[i], rows.end[i] = pins.begin, pins.start, pins.end
        rows.hold[i], rows.setup[i] = pins.end, pins.start - pins.begin
        rows.handed[i] = pins.end
        rows["setup_unit"][i] = reserved.setup_unit
        if pins.batch is not None:
            rows["head"][i] = pins.batch
        for need, held in reserved.unit_of_need.items():
            unit[need] = held
    return Plan(rows=rows, unit=unit)


def empty_state(factory: Factory) -> State:
    """Return the arrays of a state; a build sets them."""
    operations, machines = factory.operations, factory.machines
    n_needs = int((operations.need_end - operations.need_first).max(initial=0))
    n_rules = int((machines.upkeep_end - machines.upkeep_first).max(initial=0))
    width = int(DUE) + n_rules
    n_attending = len(factory.units) if (factory.upkeep.skill >= 0).any() else 0
    n_spare = 1 + 2 * n_attending
    most = int((factory.ties.tail - factory.ties.lead).max(initial=0))
    if most > 1:
        n_spare += most + len(factory.places) * width + 2 * len(factory.units)
    spare = np.zeros(n_spare, np.int64)
    spare[0] = n_attending
    return State(
        place=np.zeros((len(factory.places), width), np.int64),
        unit=np.zeros((len(factory.units), 2), np.int64),
        probe=np.zeros(int(P_UNIT) + n_needs + 1, np.int64),
        best=np.zeros(int(P_UNIT) + n_needs + 1, np.int64),
        spare=spare,
        row=np.zeros(width, np.int64),
        best_row=np.zeros(width, np.int64),
    )


def to_assignment(factory: Factory, plan: Plan) -> FactoryAssignment:
    """Return a plan as an assignment; places are numbered within their machine."""
    rows = plan.rows
    place = np.array(rows.place)
    has_machine = place != NONE
    machine = factory.modes.machine[rows.mode[has_machine]]
    place[has_machine] -= factory.machines.place_first[machine]
    return FactoryAssignment(
        mode=np.array(rows.mode),
        start=np.array(rows.start),
        end=np.array(rows.end),
        place=place,
        begin=np.array(rows.begin),
        setup=np.array(rows.setup),
        unit_of_need=plan.unit.copy(),
        setup_unit=np.array(rows.setup_unit),
        batch=np.array(rows.head),
        hold=np.array(rows.hold),
        handed=np.array(rows.handed),
    )

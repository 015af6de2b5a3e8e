"""Simulate the workshop with SimPy: what truly happened, before anyone wrote it down.

A machine is a process that waits for its shift, picks from the queue of its
work centre as people do, sets up, works, breaks down and is repaired. An order
is a process that visits the steps of its routing.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import simpy

from workshop.config import HOUR_S, MINUTE_S, WEEK_S, Config, Product, Resource, Step
from workshop.demand import Order, Purpose, noise, release_orders, shift_windows, stream

Flow = Generator[simpy.Event, Any, None]

LEAST_S = 60
"""No piece of work is shorter; nobody begins one with less than this left in the shift."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """An uninterrupted stretch of setup, work or repair within one shift, in whole seconds."""

    kind: str  # "setup", "run" or "repair"
    order: str
    step: int
    visit: int  # 0, then 1, 2 … when the order comes back for rework
    operation: str
    resource: str
    operator: str
    start_s: int
    end_s: int
    quantity: int  # pieces in this visit
    scrap: int  # pieces lost in this visit
    is_last: bool  # whether the visit is over at end_s


@dataclass(kw_only=True)
class _Job:
    order: Order
    step: Step
    visit: int
    quantity: int
    scrap: int
    done: simpy.Event


@dataclass(kw_only=True)
class _Machine:
    resource: Resource
    windows: list[tuple[int, int, str]]
    to_failure_s: int
    n_failures: int = 0
    window: int = 0
    last_product: Product | None = None
    offer: simpy.Event | None = field(default=None)


class _Workshop:
    """The running model: a process for each machine and for each order."""

    def __init__(self, config: Config, *, seed: int) -> None:
        self.config = config
        self.seed = seed
        self.env = simpy.Environment()
        self.events: list[Event] = []
        self.orders = release_orders(config, seed=seed)
        self.queues: dict[str, list[_Job]] = {r.work_centre: [] for r in config.resources}
        self.machines = [
            _Machine(
                resource=resource,
                windows=shift_windows(config, resource),
                to_failure_s=self._time_to_failure(resource, 0),
            )
            for resource in config.resources
        ]
        for machine in self.machines:
            self.env.process(self._machine(machine))
        for order in self.orders:
            self.env.process(self._order(order))

    @property
    def now(self) -> int:
        return int(self.env.now)

    def _order(self, order: Order) -> Flow:
        yield self.env.timeout(order.released_s)
        pieces = order.quantity
        steps = order.product.steps
        grinding = [step for step in steps if step.work_centre == "GRIND"]
        for step in steps:
            pieces -= yield from self._visit(order, step, visit=0, quantity=pieces)
            if step.work_centre != "QC" or not grinding:
                continue
            for rework in range(1, self.config.max_reworks + 1):
                rng = stream(self.seed, Purpose.REWORK, order.index, rework)
                if rng.random() >= order.product.rework_share:
                    break
                share = rng.uniform(*self.config.rework_quantity)
                again = min(pieces, max(1, round(share * pieces)))
                lost = yield from self._visit(order, grinding[-1], visit=rework, quantity=again)
                lost += yield from self._visit(order, step, visit=rework, quantity=again - lost)
                pieces -= lost
        order.completed_s = self.now

    def _visit(
        self, order: Order, step: Step, *, visit: int, quantity: int
    ) -> Generator[simpy.Event, Any, int]:
        key = (order.index, step.number, visit)
        lost = int(stream(self.seed, Purpose.SCRAP, *key).binomial(quantity, step.scrap))
        lost = min(lost, quantity - 1)
        done = self.env.event()
        job = _Job(order=order, step=step, visit=visit, quantity=quantity, scrap=lost, done=done)
        self._arrive(job)
        yield job.done
        wait = self.config.waits.get(step.work_centre)
        rng = stream(self.seed, Purpose.WAIT, *key)
        delay_s = self.config.transport_min * MINUTE_S
        if wait is not None and rng.random() < wait.share:
            delay_s += wait.mean_h * HOUR_S * noise(rng, cv=wait.cv)
        if step is not order.product.steps[-1]:
            yield self.env.timeout(round(delay_s))
        return lost

    def _arrive(self, job: _Job) -> None:
        """Give the job to an idle machine (set up for it, then fast), or let it wait."""
        idle = [m for m in self.machines if m.offer is not None and self._can(m, job)]
        if not idle:
            self.queues[job.step.work_centre].append(job)
            return
        best = min(idle, key=lambda m: (not self._same_family(m, job), -m.resource.speed))
        assert best.offer is not None
        best.offer.succeed(job)
        best.offer = None

    def _choose(self, machine: _Machine) -> _Job | None:
        """Take the most urgent job, where the family on the machine counts as some hours."""
        queue = self.queues[machine.resource.work_centre]
        able = [job for job in queue if self._can(machine, job)]
        if not able:
            return None
        rule = self.config.rule

        def urgency(job: _Job) -> float:
            granted_h = rule.same_family_h * self._same_family(machine, job)
            granted_h += rule.rush_h * job.order.priority
            return job.order.promised_s - granted_h * HOUR_S

        best = min(able, key=urgency)
        queue.remove(best)
        return best

    @staticmethod
    def _can(machine: _Machine, job: _Job) -> bool:
        resource = machine.resource
        step = job.step
        return resource.work_centre == step.work_centre and resource.name not in step.not_on

    @staticmethod
    def _same_family(machine: _Machine, job: _Job) -> bool:
        last = machine.last_product
        return last is not None and last.family == job.order.product.family

    def _machine(self, machine: _Machine) -> Flow:
        while True:
            yield from self._until_shift(machine)
            job = self._choose(machine)
            if job is None:
                offer = machine.offer = self.env.event()
                end_s = machine.windows[machine.window][1]
                yield offer | self.env.timeout(end_s - LEAST_S + 1 - self.now)
                machine.offer = None
                if not offer.triggered:
                    continue
                job = offer.value
                assert isinstance(job, _Job)
            yield from self._work(machine, job)

    def _until_shift(self, machine: _Machine) -> Flow:
        """Wait until a shift is on that leaves time to begin something."""
        while machine.windows[machine.window][1] - self.now < LEAST_S:
            machine.window += 1
        start_s = machine.windows[machine.window][0]
        if start_s > self.now:
            yield self.env.timeout(start_s - self.now)

    def _work(self, machine: _Machine, job: _Job) -> Flow:
        setup_s = self._setup_s(machine, job)
        yield from self._spend(machine, job, kind="setup", amount_s=setup_s)
        machine.last_product = job.order.product
        yield from self._spend(machine, job, kind="run", amount_s=self._run_s(machine, job))
        job.done.succeed()

    def _spend(self, machine: _Machine, job: _Job, *, kind: str, amount_s: int) -> Flow:
        """Spend shift time on a job; work stops at the shift's end and for repairs."""
        while amount_s > 0:
            yield from self._until_shift(machine)
            left_s = machine.windows[machine.window][1] - self.now
            limit_s = amount_s if kind == "repair" else max(1, machine.to_failure_s)
            span_s = min(amount_s, left_s, limit_s)
            amount_s -= span_s
            start_s = self.now
            yield self.env.timeout(span_s)
            self._record(machine, job, kind=kind, start_s=start_s, is_over=amount_s == 0)
            if kind == "repair":
                continue
            machine.to_failure_s -= span_s
            if machine.to_failure_s <= 0 < amount_s:
                yield from self._repair(machine, job)

    def _repair(self, machine: _Machine, job: _Job) -> Flow:
        failure = machine.resource.failure
        assert failure is not None
        rng = self._failure_stream(machine.resource, machine.n_failures)
        rng.random()  # the first number was the time to this failure
        repair_s = failure.mean_repair_h * HOUR_S * noise(rng, cv=failure.repair_cv)
        yield from self._spend(machine, job, kind="repair", amount_s=max(LEAST_S, round(repair_s)))
        machine.n_failures += 1
        machine.to_failure_s = self._time_to_failure(machine.resource, machine.n_failures)

    def _failure_stream(self, resource: Resource, count: int) -> np.random.Generator:
        return stream(self.seed, Purpose.FAILURE, *resource.name.encode(), count)

    def _time_to_failure(self, resource: Resource, count: int) -> int:
        if resource.failure is None:
            return 1 << 62
        uniform = self._failure_stream(resource, count).random()
        busy_h = -float(np.log1p(-uniform)) * resource.failure.mean_busy_h
        return max(LEAST_S, round(busy_h * HOUR_S))

    def _setup_s(self, machine: _Machine, job: _Job) -> int:
        centre = machine.resource.work_centre
        minutes = self.config.same_product_setup_min[centre]
        last, product = machine.last_product, job.order.product
        matrix = self.config.setup_min.get(centre)
        if matrix and last is not None and last.name != product.name:
            minutes = matrix[last.family][product.family]
        rng = stream(self.seed, Purpose.SETUP, job.order.index, job.step.number, job.visit)
        return max(LEAST_S, round(minutes * MINUTE_S * noise(rng, cv=self.config.setup_cv)))

    def _run_s(self, machine: _Machine, job: _Job) -> int:
        step = job.step
        rng = stream(self.seed, Purpose.RUN, job.order.index, step.number, job.visit)
        minutes = job.quantity * step.piece_min / machine.resource.speed
        return max(LEAST_S, round(minutes * MINUTE_S * noise(rng, cv=step.cv, kind=step.noise)))

    def _record(
        self, machine: _Machine, job: _Job, *, kind: str, start_s: int, is_over: bool
    ) -> None:
        operators = machine.resource.operators
        shift = machine.windows[machine.window][2]
        turn = start_s // WEEK_S + (shift == "late")
        self.events.append(
            Event(
                kind=kind,
                order=job.order.id,
                step=job.step.number,
                visit=job.visit,
                operation=job.step.operation,
                resource=machine.resource.name,
                operator=operators[turn % len(operators)],
                start_s=start_s,
                end_s=self.now,
                quantity=job.quantity,
                scrap=job.scrap,
                is_last=kind == "run" and is_over,
            )
        )


def simulate(config: Config, *, seed: int) -> tuple[list[Event], list[Order]]:
    """Run the workshop from ``begins_at`` to ``ends_at``.

    Returns
    -------
    events : list of Event
        Every stretch of setup, work and repair that ended, by its end.
    orders : list of Order
        Every order released, by its release; ``completed_s`` is None where it is not over.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from datetime import timedelta
    >>> from workshop.config import WORKSHOP
    >>> short = replace(WORKSHOP, ends_at=WORKSHOP.begins_at + timedelta(days=7))
    >>> events, orders = simulate(short, seed=1)
    >>> events[0].operation, len(orders) > 10
    ('Sawing', True)
    """
    workshop = _Workshop(config, seed=seed)
    workshop.env.run(until=config.at_s(config.ends_at))
    return workshop.events, workshop.orders

"""The true workshop in SimPy: what happens, and what could be written down about it.

One process for each order, one for each piece of work, and a dispatcher that
looks at a centre whenever something changed there. The running model can be
changed at any instant (``machines``, ``rules``, factors); that is how a trial
continues from the state that the history ended in.
"""

from bisect import bisect_right
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from typing import Any

import simpy
from benchmarks.truth import draws
from benchmarks.truth.describe import (
    DAY_S,
    HOUR_S,
    MINUTE_S,
    WEEK_S,
    Centre,
    Machine,
    Product,
    Shift,
    Shop,
    Step,
)

Flow = Generator[simpy.Event, Any, Any]
LEAST_S = 60.0
OFFICE = (Shift(weekdays=(0, 1, 2, 3, 4), start_h=8, end_h=16),)
_THINNING = 3.0  # candidate orders for each order of the base; bounds all demand factors
_FOREVER = 1e18


class Windows:
    """When a set of weekly shifts is open; seconds from a Monday at 0:00."""

    def __init__(self, shifts: tuple[Shift, ...]) -> None:
        spans = sorted(
            (day * DAY_S + s.start_h * HOUR_S, day * DAY_S + s.end_h * HOUR_S)
            for s in shifts
            for day in s.weekdays
        )
        joined: list[tuple[float, float]] = []
        for start, end in spans:
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((start, end))
        self.spans = joined
        self.starts = [start for start, _ in joined]

    @property
    def weekly_s(self) -> float:
        """Open seconds of a week."""
        return sum(end - start for start, end in self.spans)

    def next(self, at_s: float) -> tuple[float, float]:
        """Return the window that is open at an instant, or else the next one."""
        week = at_s // WEEK_S
        if at_s >= (week - 1) * WEEK_S + self.spans[-1][0] and (
            at_s < (week - 1) * WEEK_S + self.spans[-1][1]
        ):
            return tuple(x + (week - 1) * WEEK_S for x in self.spans[-1])  # type: ignore[return-value]
        inside = at_s - week * WEEK_S
        i = max(0, bisect_right(self.starts, inside) - 1)
        while i < len(self.spans) and self.spans[i][1] <= inside:
            i += 1
        if i == len(self.spans):
            i, week = 0, week + 1
        return self.spans[i][0] + week * WEEK_S, self.spans[i][1] + week * WEEK_S

    def after(self, at_s: float, open_s: float) -> float:
        """Return the instant when so much open time has passed."""
        while True:
            start, end = self.next(at_s)
            start = max(start, at_s)
            if start + open_s <= end:
                return start + open_s
            open_s -= end - start
            at_s = end


@dataclass(kw_only=True)
class Order:
    """An order and what became of it."""

    id: str
    key: int
    product: Product
    quantity: int
    came_s: float
    due_s: float
    released_s: float = _FOREVER
    completed_s: float | None = None


@dataclass(kw_only=True)
class Job:
    """A lot that waits for, or is at, one operation."""

    order: Order
    step: Step
    place: int
    visit: int
    arrived_s: float
    done: simpy.Event


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a terminal would write. ``order`` is None for a stop."""

    kind: str  # run, setup, down
    order: Order | None
    operation: str
    machine: str
    operator: str
    start_s: float
    end_s: float | None
    quantity: int


@dataclass(kw_only=True)
class Place:
    """The state of one machine."""

    machine: Machine
    centre: Centre
    windows: Windows
    number: int
    is_busy: bool = False
    is_retired: bool = False
    last: Product | None = None
    n_failures: int = 0
    to_failure_s: float = _FOREVER
    busy_s: float = 0.0
    setup_s: float = 0.0
    down_s: float = 0.0
    going_on: list[Report] = field(default_factory=list)


class Workshop:
    """The running model."""

    def __init__(self, shop: Shop, *, seed: int) -> None:
        self.shop = shop
        self.seed = seed
        self.env = simpy.Environment()
        self.orders: list[Order] = []
        self.reports: list[Report] = []
        self.centres = {c.name: c for c in shop.centres}
        self.rules = {c.name: c.rule for c in shop.centres}
        self.queues: dict[str, list[Job]] = {c.name: [] for c in shop.centres}
        self.places: dict[str, list[Place]] = {c.name: [] for c in shop.centres}
        self.free_people = {n: [f"{n} {i + 1}" for i in range(k)] for n, k in shop.crews.items()}
        self.ready: list[Order] = []  # not yet let in
        self.n_inside = 0
        self.away: list[Report] = []
        self.someone_free = {name: self.env.event() for name in shop.crews}
        self.setup_factor = 1.0
        self.failure_factor = 1.0
        self.demand_factor = {p.name: 1.0 for p in shop.products}
        for centre in shop.centres:
            for machine in centre.machines:
                self.add_machine(machine, centre.name)
        for number, product in enumerate(shop.products):
            self.env.process(self._arrivals(product, number))
        self.vans = {c.name: self.env.event() for c in shop.centres if c.away}
        for name in self.vans:
            self.env.process(self._van(self.centres[name]))

    @property
    def now_s(self) -> float:
        """Seconds since the model's beginning, a Monday at 0:00."""
        return float(self.env.now)

    def add_machine(self, machine: Machine, centre: str) -> None:
        """Put a machine onto the floor, now."""
        number = sum(len(p) for p in self.places.values())
        place = Place(
            machine=machine,
            centre=self.centres[centre],
            windows=Windows(machine.shifts),
            number=number,
        )
        place.to_failure_s = self._time_to_failure(place)
        self.places[centre].append(place)
        self.env.process(self._gate(place))

    def retire_machine(self, name: str) -> None:
        """Take a machine out as soon as the work on it is over."""
        for places in self.places.values():
            for place in places:
                if place.machine.name == name:
                    place.is_retired = True

    def add_shifts(self, centre: str, shifts: tuple[Shift, ...]) -> None:
        """Let all machines of a centre work further shifts."""
        for place in self.places[centre]:
            place.windows = Windows((*place.machine.shifts, *shifts))
            self.env.process(self._gate(place))

    def _arrivals(self, product: Product, number: int) -> Flow:
        office = Windows(OFFICE)
        gap_s = office.weekly_s / (self.shop.orders_per_week * product.share * _THINNING)
        count = 0
        while True:
            count += 1
            wait_s = draws.exponential(gap_s, self.seed, draws.GAP, number, count)
            at_s = office.after(self.now_s, wait_s)
            yield self.env.timeout(at_s - self.now_s)
            swing = 1.0 + product.season * draws.wave(
                at_s / WEEK_S / self.shop.season_weeks + product.season_phase
            )
            wanted = self.demand_factor[product.name] * swing / _THINNING
            if draws.uniform(self.seed, draws.ACCEPT, number, count) < wanted:
                self._come(product, number, count)

    def _come(self, product: Product, number: int, count: int) -> None:
        key = number * 1_000_003 + count
        size = draws.lognormal(product.quantity_cv, self.seed, draws.QUANTITY, key)
        slack = 0.7 + 0.6 * draws.uniform(self.seed, draws.DUE, key)
        order = Order(
            id=f"W{number + 1}{count:05d}",
            key=key,
            product=product,
            quantity=max(1, round(product.median_quantity * size)),
            came_s=self.now_s,
            due_s=self.now_s + product.allowance_days * slack * DAY_S,
        )
        self.orders.append(order)
        self.ready.append(order)
        self._let_in()

    def _let_in(self) -> None:
        """Release the orders for which there is room, the most urgent first."""
        most = self.shop.most_orders
        while self.ready and (most is None or self.n_inside < most):
            order = min(self.ready, key=lambda o: o.came_s if most is None else o.due_s)
            self.ready.remove(order)
            order.released_s = self.now_s
            self.n_inside += 1
            self.env.process(self._order(order))

    def _order(self, order: Order) -> Flow:
        product = order.product
        if product.branches:
            place = 100
            flows = []
            for branch in product.branches:
                flows.append(self.env.process(self._steps(order, branch, place)))
                place += 100
            yield self.env.all_of(flows)
        yield from self._steps(order, product.steps, 0)
        order.completed_s = self.now_s
        self.n_inside -= 1
        self._let_in()

    def _steps(self, order: Order, steps: tuple[Step, ...], first: int) -> Flow:
        i, visit = 0, 0
        while i < len(steps):
            step = steps[i]
            job = Job(
                order=order,
                step=step,
                place=first + i,
                visit=visit,
                arrived_s=self.now_s,
                done=self.env.event(),
            )
            if self.centres[step.centre].away:
                yield from self._go_away(job)
            else:
                self.queues[step.centre].append(job)
                self.look_at(step.centre)
                yield job.done
            key = (order.key, first + i, visit)
            share = step.rework_share
            is_again = share > 0 and draws.uniform(self.seed, draws.REWORK, *key) < share
            if is_again and visit < 2:
                i, visit = step.rework_to, visit + 1
            else:
                i += 1
            if i == len(steps) and first == 0:
                return
            centre = self.centres[step.centre]
            wait_s = self.shop.transport_min * MINUTE_S
            share = centre.wait_share
            if share > 0 and draws.uniform(self.seed, draws.WAIT, *key) < share:
                length = draws.lognormal(0.8, self.seed, draws.WAIT_LENGTH, *key)
                wait_s += centre.wait_mean_h * HOUR_S * length
            yield self.env.timeout(wait_s)

    def _van(self, centre: Centre) -> Flow:
        """Come on the days of a subcontractor."""
        away = centre.away
        assert away is not None
        windows = Windows(
            (Shift(weekdays=away.weekdays, start_h=away.pick_up_h, end_h=away.pick_up_h + 0.1),)
        )
        while True:
            start_s, end_s = windows.next(self.now_s)
            yield self.env.timeout(max(0.0, start_s - self.now_s))
            van, self.vans[centre.name] = self.vans[centre.name], self.env.event()
            van.succeed()
            yield self.env.timeout(end_s - self.now_s)

    def _go_away(self, job: Job) -> Flow:
        """Let a lot wait for the van, be worked on elsewhere, and come back."""
        away = self.centres[job.step.centre].away
        assert away is not None
        yield self.vans[job.step.centre]
        factor = draws.lognormal(away.cv, self.seed, draws.RUN, job.order.key, job.place, job.visit)
        mornings = Windows(
            (Shift(weekdays=(0, 1, 2, 3, 4), start_h=away.back_h, end_h=away.back_h + 0.1),)
        )
        until_s = mornings.next(self.now_s + away.mean_days * DAY_S * factor)[0]
        report = Report(
            kind="run", order=job.order, operation=job.step.operation, machine=job.step.centre,
            operator="", start_s=self.now_s, end_s=None, quantity=0,
        )  # fmt: skip
        self.away.append(report)
        yield self.env.timeout(max(LEAST_S, until_s - self.now_s))
        self.away.remove(report)
        self.reports.append(replace(report, end_s=self.now_s, quantity=job.order.quantity))

    def _gate(self, place: Place) -> Flow:
        windows = place.windows
        while place.windows is windows and not place.is_retired:
            start_s, end_s = windows.next(self.now_s)
            yield self.env.timeout(max(0.0, start_s - self.now_s))
            if place.windows is windows:
                self.look_at(place.centre.name)
            yield self.env.timeout(max(1.0, end_s - self.now_s))

    def look_at(self, name: str) -> None:
        """Give waiting jobs of a centre to its machines that can begin now."""
        centre, queue = self.centres[name], self.queues[name]
        for place in self.places[name]:
            if not queue or place.is_busy or place.is_retired:
                continue
            start_s, end_s = place.windows.next(self.now_s)
            if start_s > self.now_s or end_s - self.now_s < LEAST_S:
                continue
            if centre.crew and not self.free_people[centre.crew]:
                return
            jobs = self._choose(place)
            if jobs:
                place.is_busy = True
                self.env.process(self._work(place, jobs))

    def _choose(self, place: Place) -> list[Job]:
        queue = self.queues[place.centre.name]
        oven = place.centre.oven
        if oven is not None:
            jobs = queue[: oven.most_lots]
            patient_s = jobs[0].arrived_s + oven.patience_h * HOUR_S - self.now_s
            if len(jobs) < oven.least_lots and patient_s > 1e-6:
                self.env.process(self._look_later(place.centre.name, patient_s))
                return []
            del queue[: len(jobs)]
            return jobs
        able = [j for j in queue if place.machine.name not in j.step.not_on]
        if not able:
            return []
        job = min(able, key=lambda j: self._urgency(place, j))
        queue.remove(job)
        return [job]

    def _look_later(self, name: str, wait_s: float) -> Flow:
        yield self.env.timeout(wait_s)
        self.look_at(name)

    def _urgency(self, place: Place, job: Job) -> tuple[float, float]:
        rule = self.rules[place.centre.name]
        if rule == "edd":
            return job.order.due_s, job.arrived_s
        if rule == "spt":
            return job.step.piece_min * job.order.quantity, job.arrived_s
        if rule == "same_family":
            is_same = place.last is not None and place.last.family == job.order.product.family
            return float(not is_same), job.arrived_s
        return job.arrived_s, 0.0

    def _work(self, place: Place, jobs: list[Job]) -> Flow:
        job, oven = jobs[0], place.centre.oven
        key = (job.order.key, job.place, job.visit)
        setup_s = self._setup_s(place, job.order.product)
        setup_s *= draws.lognormal(self.shop.setup_cv, self.seed, draws.SETUP, *key)
        minutes = oven.minutes if oven else job.step.piece_min * job.order.quantity
        run_s = minutes * MINUTE_S / place.machine.speed
        run_s *= draws.lognormal(job.step.cv, self.seed, draws.RUN, *key)
        place.setup_s += setup_s
        place.last = job.order.product
        if (self.shop.logs_setups or place.centre.setters) and setup_s > 0:
            yield from self._spend(place, jobs, kind="setup", amount_s=setup_s)
            setup_s = 0.0
        yield from self._spend(place, jobs, kind="run", amount_s=max(LEAST_S, setup_s + run_s))
        place.is_busy = False
        for done in jobs:
            done.done.succeed()
        self.look_at(place.centre.name)

    def _setup_s(self, place: Place, product: Product) -> float:
        centre, last = place.centre, place.last
        minutes = centre.setup_other_min
        if last is not None and last.name == product.name:
            minutes = centre.setup_same_product_min
        elif last is not None and last.family == product.family:
            minutes = centre.setup_same_family_min
        return minutes * self.setup_factor * MINUTE_S

    def _spend(self, place: Place, jobs: list[Job], *, kind: str, amount_s: float) -> Flow:
        """Spend open time on jobs; work stops at the shift's end and while it is repaired."""
        total_s = amount_s
        began_s: float | None = None
        while amount_s > 1e-6:
            start_s, end_s = place.windows.next(self.now_s)
            if start_s > self.now_s:
                yield self.env.timeout(start_s - self.now_s)
            crew = place.centre.crew
            if kind == "setup":
                crew = place.centre.setters or crew
            person = yield from self._take_person(place, crew)
            began_s = self.now_s if began_s is None else began_s
            span_s = min(amount_s, end_s - self.now_s, place.to_failure_s)
            if span_s > 0:
                place.going_on = self._written(place, jobs, person, kind, began_s, None, 0.0)
                yield self.env.timeout(span_s)
                place.going_on = []
            amount_s -= span_s
            place.busy_s += span_s
            place.to_failure_s -= span_s
            self._give_back(crew, person)
            is_failed = place.to_failure_s <= 1e-6
            if not (is_failed and not self.shop.logs_stops and amount_s > 1e-6):
                share = min(1.0, 1.0 - max(0.0, amount_s) / total_s)
                if self.now_s > began_s:
                    self.reports += self._written(
                        place, jobs, person, kind, began_s, self.now_s, share
                    )
                began_s = None
            if is_failed:
                yield from self._repair(place, person)
                if began_s is not None and place.windows.next(self.now_s)[0] > self.now_s:
                    # a shift ended during a repair that nobody wrote down
                    self.reports += self._written(
                        place, jobs, person, kind, began_s, max(began_s + 60, end_s), 0.0
                    )
                    began_s = None

    def _take_person(self, place: Place, crew: str | None) -> Generator[simpy.Event, Any, str]:
        if crew is None:
            is_late = (self.now_s % DAY_S) / HOUR_S >= 15
            return f"{place.machine.name} {'late' if is_late else 'early'}"
        while not self.free_people[crew]:
            yield self.someone_free[crew]
        return self.free_people[crew].pop(0)

    def _give_back(self, crew: str | None, person: str) -> None:
        if crew is None:
            return
        self.free_people[crew].append(person)
        waiting, self.someone_free[crew] = self.someone_free[crew], self.env.event()
        waiting.succeed()
        self.env.process(self._look_around(crew))

    def _look_around(self, crew: str) -> Flow:
        """Look at the centres of a crew, after those who only continue have had their turn."""
        yield self.env.timeout(0.001)
        for centre in self.shop.centres:
            if centre.crew == crew:
                self.look_at(centre.name)

    def _repair(self, place: Place, person: str) -> Flow:
        failure = place.machine.failure
        assert failure is not None
        factor = draws.lognormal(
            failure.repair_cv, self.seed, draws.REPAIR, place.number, place.n_failures
        )
        repair_s = max(LEAST_S, failure.mean_repair_h * HOUR_S * factor)
        start_s = self.now_s
        yield self.env.timeout(repair_s)
        place.down_s += repair_s
        place.n_failures += 1
        place.to_failure_s = self._time_to_failure(place)
        if self.shop.logs_stops:
            self.reports.append(
                Report(
                    kind="down",
                    order=None,
                    operation="Breakdown",
                    machine=place.machine.name,
                    operator=person,
                    start_s=start_s,
                    end_s=self.now_s,
                    quantity=0,
                )
            )

    def _time_to_failure(self, place: Place) -> float:
        failure = place.machine.failure
        if failure is None:
            return _FOREVER
        mean_s = failure.mean_busy_h * HOUR_S / max(self.failure_factor, 1e-9)
        return draws.exponential(mean_s, self.seed, draws.FAIL, place.number, place.n_failures)

    @staticmethod
    def _written(
        place: Place,
        jobs: list[Job],
        person: str,
        kind: str,
        start_s: float,
        end_s: float | None,
        share: float,
    ) -> list[Report]:
        return [
            Report(
                kind=kind,
                order=job.order,
                operation=f"Setup {job.step.operation}" if kind == "setup" else job.step.operation,
                machine=place.machine.name,
                operator=person,
                start_s=start_s,
                end_s=end_s,
                quantity=round(share * job.order.quantity) if kind == "run" else 0,
            )
            for job in jobs
        ]

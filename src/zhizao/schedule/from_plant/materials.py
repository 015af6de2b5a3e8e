"""What goes into operations, and where it comes from: stock, other orders, what is bought.

The twin's rule, in the order in which operations would ask if resources were free: a lot asks
for all that its step needs and waits until all of it is there; who asked first is served first,
and is passed by one who can be served; of those who ask at one instant, the one that is due
first. Completed orders of a product that goes into others go to stock, and so does what a
step gives besides. Parts are ordered when the pieces in stock and on order, less those
asked for, come down to the reorder point. Who gets what from whom is then fixed for the plan.
"""

import heapq
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from zhizao._base.units import SECONDS_PER_HOUR
from zhizao.model import Plant
from zhizao.model.plant import Part
from zhizao.schedule.from_plant.plant_orders import PlannedStep
from zhizao.schedule.from_plant.plant_parts import seconds
from zhizao.schedule.links import Joins
from zhizao.schedule.problem import NO_DUE, NONE

_ROUNDING = 1e-9
"""Share of a need that may be missing, since pieces are added up; as in the twin."""


@dataclass(frozen=True, kw_only=True)
class Peg:
    """Pieces of an item that an operation takes, and where they come from."""

    operation: int
    item: str
    pieces: float
    kind: Literal["stock", "made", "bought"]
    source: int = NONE
    """Made: the operation that gives them. Bought: the one whose asking they are ordered for;
    ``NONE``: ordered at the start."""


@dataclass(frozen=True, kw_only=True)
class Lack:
    """An operation that never gets all that goes into it."""

    operation: int
    item: str
    pieces: float
    """Pieces that it needs."""
    there: float
    """Pieces that ever are there for it."""


@dataclass(frozen=True, kw_only=True)
class Materials:
    """Where everything comes from, and what that says about when operations can begin."""

    pegs: tuple[Peg, ...] = ()
    lacks: tuple[Lack, ...] = ()
    joins: Joins | None = None
    bought_at: NDArray[np.int64] | None = None
    """Shape (n_operations,): when bought pieces are there that nobody's plan can move; ticks."""
    timing: "Timing | None" = None
    """What all that was reckoned with."""


@dataclass(frozen=True, kw_only=True)
class Timing:
    """When operations would ask and end if every resource were free."""

    asks_at: NDArray[np.int64]
    """Shape (n_operations,); of first operations: exactly; of others: after the one before them."""
    delay: NDArray[np.int64]
    duration: NDArray[np.int64]
    due: NDArray[np.int64]
    """Shape (n_operations,); of the job."""


@dataclass(kw_only=True)
class _Supply:
    pieces: float
    kind: Literal["stock", "made", "bought"]
    source: int = NONE


@dataclass(kw_only=True)
class _Item:
    part: Part
    supplies: deque[_Supply] = field(default_factory=deque)
    coming: float = 0.0
    asked: float = 0.0

    @property
    def pieces(self) -> float:
        return sum(s.pieces for s in self.supplies)


def materials_of(
    plant: Plant,
    steps: Sequence[PlannedStep],
    *,
    timing: Timing,
    dated: Mapping[tuple[str, int], datetime],
) -> Materials:
    """Return who takes what from whom; nothing where the plant has no bill of materials.

    ``dated``: (order, step) whose material is there at a known instant; they take nothing here.
    """
    if not plant.bom:
        return Materials()
    return StockRun(plant, steps, timing=timing, dated=dated).result()


class StockRun:
    """The orders' way through the plant as if resources were free, with the stock's rule."""

    def __init__(
        self,
        plant: Plant,
        steps: Sequence[PlannedStep],
        *,
        timing: Timing,
        dated: Mapping[tuple[str, int], datetime],
    ) -> None:
        self.steps, self.timing = steps, timing
        self.needs = _needs(plant, steps, dated=dated)
        parts = {p.id: p for p in plant.parts}
        names = [c.component for c in plant.bom] + [o.output for o in plant.outputs]
        self.items = {n: _Item(part=parts.get(n, Part(id=n))) for n in dict.fromkeys(names)}
        for item in self.items.values():
            item.supplies.append(_Supply(pieces=item.part.stock, kind="stock"))
        self.outputs: dict[tuple[str, int], list[tuple[str, float]]] = defaultdict(list)
        for o in plant.outputs:
            self.outputs[o.product, o.step].append((o.output, o.pieces))
        self.pegs: list[Peg] = []
        self.short: list[int] = []
        self.served_at: dict[int, int] = {}
        self.events: list[tuple[int, int, int, int, int]] = []
        self.is_last = [
            i + 1 == len(steps) or steps[i + 1].first_of_order for i in range(len(steps))
        ]
        self.bought: list[tuple[_Item, int]] = []

    def result(self) -> Materials:
        """Run to the end; return what came out."""
        for i, one in enumerate(self.steps):
            if one.first_of_order:
                self._add(int(self.timing.asks_at[i]), 1, i)
        self._run()
        return self._joined()

    def _run(self) -> None:
        """Let all happen that is noted, and what follows from it."""
        self._order_parts(NONE, 0)
        while self.events:
            t = self.events[0][0]
            while self.events and self.events[0][0] == t:
                _, kind, _, _, i = heapq.heappop(self.events)
                self._happen(kind, i, t)
            self._serve(t)

    def _add(self, t: int, kind: int, i: int) -> None:
        """Note that an operation ends (0) or asks (1), or that bought pieces come (0, below 0)."""
        due = int(self.timing.due[i]) if i >= 0 else 0
        heapq.heappush(self.events, (t, kind, due if kind else 0, i, i))

    def _happen(self, kind: int, i: int, t: int) -> None:
        if i < 0:
            self._receive(i)
        elif kind == 0:
            self._end(i, t)
        elif i in self.needs:
            for name, pieces in self.needs[i].items():
                self.items[name].asked += pieces
            self.short.append(i)
            self._order_parts(i, t)
        else:
            self._ends_later(i, t)

    def _ends_later(self, i: int, t: int) -> None:
        """Note when an operation ends that begins at an instant."""
        self._add(t + int(self.timing.duration[i]), 0, i)

    def _asks_later(self, i: int, t: int) -> None:
        """Note when an operation asks before which another one has ended."""
        self._add(t + int(self.timing.delay[i]), 1, i)

    def _end(self, i: int, t: int) -> None:
        one = self.steps[i]
        good = one.quantity * (1.0 - one.step.scrap_share)
        for name, pieces in self.outputs.get((one.order.product, one.step.step), ()):
            self._put(name, pieces * good, i)
        if not self.is_last[i]:
            self._asks_later(i + 1, t)
        elif one.order.product in self.items:
            self._put(one.order.product, good, i)

    def _put(self, name: str, pieces: float, source: int) -> None:
        self.items[name].supplies.append(_Supply(pieces=pieces, kind="made", source=source))

    def _order_parts(self, asker: int, t: int) -> None:
        """Order what an asking has brought down to the reorder point."""
        for item in self.items.values():
            part = item.part
            if part.reorder_point is None or part.reorder_pieces is None:
                continue
            while item.pieces + item.coming - item.asked <= part.reorder_point:
                item.coming += part.reorder_pieces
                self.bought.append((item, asker))
                self._add(t + seconds(part.lead_time_h * SECONDS_PER_HOUR), 0, -len(self.bought))

    def _receive(self, n: int) -> None:
        item, source = self.bought[-n - 1]
        pieces = item.part.reorder_pieces or 0.0
        item.coming -= pieces
        item.supplies.append(_Supply(pieces=pieces, kind="bought", source=source))

    def _serve(self, t: int) -> None:
        """Let those begin that get all they asked for."""
        still: list[int] = []
        for i in self.short:
            needs = self.needs[i]
            if any(self.items[n].pieces < p * (1.0 - _ROUNDING) for n, p in needs.items()):
                still.append(i)
                continue
            for name, pieces in needs.items():
                self._take(i, name, pieces)
            self.served_at[i] = t
            self._ends_later(i, t)
        self.short = still

    def _take(self, i: int, name: str, pieces: float) -> None:
        item = self.items[name]
        item.asked -= pieces
        left = pieces
        while left > pieces * _ROUNDING and item.supplies:
            first = item.supplies[0]
            taken = min(left, first.pieces)
            if taken > 0.0:
                self.pegs.append(
                    Peg(operation=i, item=name, pieces=taken, kind=first.kind, source=first.source)
                )
            left -= taken
            first.pieces -= taken
            if first.pieces <= pieces * _ROUNDING:
                item.supplies.popleft()

    def _joined(self) -> Materials:
        n = len(self.steps)
        bought_at = np.zeros(n, np.int64)
        rows: set[tuple[int, int, int, bool]] = set()
        for peg in self.pegs:
            i = peg.operation
            lead = seconds(self.items[peg.item].part.lead_time_h * SECONDS_PER_HOUR)
            if peg.kind == "made":
                rows.add((peg.source, i, 0, False))
            elif peg.kind == "bought" and peg.source == NONE:
                bought_at[i] = max(bought_at[i], lead)
            elif peg.kind == "bought" and self.steps[peg.source].first_of_order:
                at = int(self.timing.asks_at[peg.source]) + lead
                bought_at[i] = max(bought_at[i], at)
            elif peg.kind == "bought":
                rows.add((peg.source, i, lead, True))
        table = sorted(rows)
        joins = Joins(
            before=np.array([r[0] for r in table], np.int64),
            after=np.array([r[1] for r in table], np.int64),
            lag=np.array([r[2] for r in table], np.int64),
            is_asked=np.array([r[3] for r in table], np.bool_),
        )
        return Materials(
            pegs=tuple(self.pegs),
            lacks=tuple(self._lacks()),
            joins=joins if table else None,
            bought_at=bought_at,
            timing=self.timing,
        )

    def _lacks(self) -> list[Lack]:
        return [
            Lack(operation=i, item=name, pieces=pieces, there=self.items[name].pieces)
            for i in self.short
            for name, pieces in self.needs[i].items()
            if self.items[name].pieces < pieces * (1.0 - _ROUNDING)
        ]


def _needs(
    plant: Plant, steps: Sequence[PlannedStep], *, dated: Mapping[tuple[str, int], datetime]
) -> dict[int, dict[str, float]]:
    """Return what goes into each operation that has not got it yet: item → pieces."""
    by_share = sorted(plant.routings, key=lambda r: r.share)
    first = {r.product: r.steps[0].step for r in by_share}
    by_step: dict[tuple[str, int], list[tuple[str, float]]] = defaultdict(list)
    for c in plant.bom:
        by_step[c.product, c.step or first.get(c.product, 0)].append((c.component, c.pieces))
    found: dict[int, dict[str, float]] = {}
    for i, one in enumerate(steps):
        rows = by_step.get((one.order.product, one.step.step), ())
        has_it = one.lot is not None and one.lot.status != "delayed"
        if not rows or has_it or (one.order.id, one.step.step) in dated:
            continue
        needs = found.setdefault(i, {})
        for name, pieces in rows:
            needs[name] = needs.get(name, 0.0) + pieces * one.quantity
    return found


def due_of_steps(due: NDArray[np.int64], n_of_order: Sequence[int]) -> NDArray[np.int64]:
    """Return the due instant of each operation's order; far away without one.

    Examples
    --------
    >>> due_of_steps(np.array([5, 7]), [1, 2]).tolist()
    [5, 7, 7]
    """
    return np.repeat(np.minimum(due, NO_DUE), n_of_order)

"""What differs between two plans: operations that moved, orders that gain or lose."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from zhizao._base.words import Lang, say
from zhizao.model import Assignment, Schedule

_MOST_NAMES = 5


@dataclass(frozen=True, kw_only=True)
class Move:
    """An operation that has another resource or another time."""

    before: Assignment
    after: Assignment


@dataclass(frozen=True, kw_only=True)
class OrderShift:
    """An order that is completed at another time."""

    order_id: str
    before_at: datetime
    after_at: datetime
    late_before: timedelta
    late_after: timedelta

    @property
    def later(self) -> timedelta:
        """How much later it is completed; negative: earlier."""
        return self.after_at - self.before_at


@dataclass(frozen=True, kw_only=True)
class PlanDifference:
    """What a new plan changes against an old one."""

    moved: tuple[Move, ...]
    """Of the operations that the old plan begins in the span that counts."""
    n_counted: int
    """Operations of both plans in that span."""
    n_forced: int
    """Of those that moved, how many no plan could have left, at least; the others were chosen."""
    shifts: tuple[OrderShift, ...]
    """Orders of both plans whose completion moves by more than the tolerance, worst first."""
    new_orders: tuple[str, ...]
    gone_orders: tuple[str, ...]

    @property
    def moved_share(self) -> float:
        """Share of the operations that moved."""
        return len(self.moved) / self.n_counted if self.n_counted else 0.0

    @property
    def n_chosen(self) -> int:
        """Operations that moved though they, or others instead, might have stayed; at most."""
        return max(0, len(self.moved) - self.n_forced)

    def sentences(self, *, lang: Lang = "en") -> tuple[str, ...]:
        """Return the difference in words."""
        orders = list(dict.fromkeys(m.after.order_id for m in self.moved))
        key = "moved" if self.moved else "nothing_moved"
        if self.n_forced:
            key = "forced_moved"
        found = [
            say(
                __package__,
                key,
                lang=lang,
                n=len(self.moved),
                of=self.n_counted,
                orders=_names(orders),
                forced=self.n_forced,
            )
        ]
        losers = [s for s in self.shifts if s.later > timedelta()]
        winners = [s for s in self.shifts if s.later < timedelta()]
        newly = [s for s in self.shifts if s.late_after and not s.late_before]
        saved = [s for s in self.shifts if s.late_before and not s.late_after]
        for key, group in (
            ("later", losers),
            ("earlier", winners),
            ("newly_late", newly),
            ("no_longer_late", saved),
        ):
            if group:
                names = _names(
                    [f"{s.order_id} ({s.later / timedelta(hours=1):+.1f} h)" for s in group]
                )
                found.append(say(__package__, key, lang=lang, n=len(group), orders=names))
        if self.new_orders:
            names = _names(list(self.new_orders))
            found.append(
                say(__package__, "new_orders", lang=lang, n=len(self.new_orders), orders=names)
            )
        return tuple(found)


def _names(names: list[str]) -> str:
    more = ", …" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def plan_difference(
    before: Schedule,
    after: Schedule,
    *,
    until: datetime | None = None,
    tolerance: timedelta = timedelta(minutes=30),
    n_forced: int = 0,
) -> PlanDifference:
    """Return what a plan changes against an earlier one.

    Parameters
    ----------
    before, after : Schedule
        Feasible plans.
    until : datetime, optional
        Only operations that ``before`` begins until then count as moved.
    tolerance : timedelta
        A start or a completion that differs by no more is the same.
    n_forced : int
        Of the operations that count, how many no plan could leave; 0: not known.
    """
    old = {(a.order_id, a.step): a for a in before.assignments}
    moved, n_counted = [], 0
    for a in after.assignments:
        b = old.get((a.order_id, a.step))
        if b is None or a.is_running or (until is not None and b.start_at >= until):
            continue
        if b.start_at < after.made_at - tolerance:
            continue
        n_counted += 1
        if a.resource != b.resource or abs(a.start_at - b.start_at) > tolerance:
            moved.append(Move(before=b, after=a))
    then = {o.order_id: o for o in before.orders}
    now = {o.order_id: o for o in after.orders}
    shifts = [
        OrderShift(
            order_id=name,
            before_at=then[name].end_at,
            after_at=now[name].end_at,
            late_before=then[name].tardiness,
            late_after=now[name].tardiness,
        )
        for name in now
        if name in then and abs(now[name].end_at - then[name].end_at) > tolerance
    ]
    return PlanDifference(
        moved=tuple(moved),
        n_counted=n_counted,
        n_forced=min(len(moved), n_forced),
        shifts=tuple(sorted(shifts, key=lambda s: (-s.later, s.order_id))),
        new_orders=tuple(name for name in now if name not in then),
        gone_orders=tuple(name for name in then if name not in now),
    )

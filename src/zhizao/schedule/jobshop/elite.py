"""Good and different plans of a job shop, and new ones on the way between two of them.

Path relinking in the manner of Peng, Lü and Cheng (2015), "A tabu search/path relinking
algorithm to solve the job shop scheduling problem", Computers & Operations Research 53. The
way differs: a plan between two others sorts the operations by a weighted mean of their starts
in both. Every order of two operations that both plans share is kept, so it closes no cycle
and needs no repair.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Member:
    """A plan, as what relinking needs of it."""

    makespan: int
    """Ticks."""
    order: NDArray[np.int32]
    """Shape (n_operations,): topological order of nodes."""
    head: NDArray[np.int64]
    """Start of each node, ticks."""
    before: NDArray[np.int32]
    """The node before on the machine, by node."""
    iterations: int = 0
    """Spent on it."""


def between(one: Member, other: Member, *, share: float) -> NDArray[np.int32]:
    """Return the order that lies ``share`` of the way from one plan to another.

    Examples
    --------
    >>> import numpy as np
    >>> def plan(order):
    ...     order = np.array(order, dtype=np.int32)
    ...     return Member(makespan=9, order=order, head=np.argsort(order), before=order)
    >>> between(plan([0, 1, 2, 3]), plan([1, 3, 2, 0]), share=0.4).tolist()
    [1, 0, 2, 3]
    """
    mean = (1.0 - share) * one.head[one.order] + share * other.head[one.order]
    return one.order[np.argsort(mean, kind="stable")]


def difference(one: Member, other: Member) -> float:
    """Return the share of operations that follow another one in the other plan."""
    return float(np.count_nonzero(one.before != other.before)) / max(1, len(one.order))


@dataclass(kw_only=True)
class Elite:
    """The best plans that are not too much alike."""

    capacity: int
    least_difference: float = 0.01
    """Of two plans that differ less the better stays."""
    members: list[Member] = field(default_factory=list)
    n_refused: int = 0
    """Plans in a row that were not taken."""

    @property
    def is_full(self) -> bool:
        """Whether a new plan must take the place of another."""
        return len(self.members) >= self.capacity

    def add(self, member: Member) -> None:
        """Take a plan in, for the one most like it or for the worst, if it is better."""
        differences = [difference(member, other) for other in self.members]
        if differences and min(differences) < self.least_difference:
            k = int(np.argmin(differences))
        elif not self.is_full:
            self.members.append(member)
            return
        else:
            k = max(range(len(self.members)), key=lambda i: self.members[i].makespan)
        if member.makespan < self.members[k].makespan:
            self.members[k] = member
            self.n_refused = 0
        else:
            self.n_refused += 1

    def draw_between(self, rng: np.random.Generator) -> NDArray[np.int32]:
        """Return an order on the way between two members."""
        a, b = rng.choice(len(self.members), 2, replace=False)
        return between(self.members[a], self.members[b], share=rng.uniform(0.3, 0.7))

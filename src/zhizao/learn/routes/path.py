"""What is learnt about the way of a product's orders, before it becomes a routing."""

from dataclasses import dataclass, field

from zhizao.learn.evidence.repeats import base_of, is_extra
from zhizao.learn.routes.rework import MAX_PASSES
from zhizao.learn.routes.together import Tie
from zhizao.learn.routes.variants import Variant
from zhizao.learn.statistics.intervals import share_interval
from zhizao.model.plant import Provenance

_STEP_NOTE = "share of finished orders that did the operation"
_EXTRA_NOTE = "rework: share of orders that came back to the operation once more and then went on"


@dataclass(frozen=True, kw_only=True)
class PathStep:
    """One operation of a learnt path.

    ``rework_n`` are the passes that the chance of a detour rests on, None: as many as ``n``;
    ``is_rework_common`` says that it is that of all products.
    """

    operation: str
    probability: float
    n: int
    rework_to: int | None = None
    rework_probability: float = 0.0
    max_passes: int = MAX_PASSES
    rework_n: int | None = None
    is_rework_common: bool = False


@dataclass(frozen=True, kw_only=True)
class Path:
    """The main path of a product; ``level`` says whose orders it was read from."""

    product: str
    level: str
    n_orders: int
    steps: tuple[PathStep, ...]
    index: dict[str, int] = field(default_factory=dict)
    variants: tuple[Variant, ...] = ()
    ties: tuple[Tie, ...] = ()

    def provenances(self) -> list[Provenance]:
        """Return where the steps' probabilities come from."""
        found = [v.provenance(self.product) for v in self.variants]
        found += [
            tie.provenance(self._where(self.index[tie.operation]), other=base_of(tie.other))
            for tie in self.ties
        ]
        for i, step in enumerate(self.steps):
            low, high = share_interval(step.probability * step.n, step.n)
            where = self._where(i)
            level = self.level
            found.append(
                Provenance(
                    where=f"{where}/probability", source="learnt", level=level, n=step.n,
                    value=step.probability, low=low, high=high,
                    note=_EXTRA_NOTE if is_extra(step.operation) else _STEP_NOTE,
                )
            )  # fmt: skip
            if step.rework_to is not None:
                n = step.n if step.rework_n is None else step.rework_n
                low, high = share_interval(step.rework_probability * n, n)
                found.append(
                    Provenance(
                        where=f"{where}/rework/probability", source="learnt", n=n,
                        level="pooled" if step.is_rework_common else level,
                        value=step.rework_probability, low=low, high=high,
                        note="passes after which an earlier operation was done again",
                    )
                )  # fmt: skip
        return found

    def _where(self, place: int) -> str:
        return f"routings/{self.product}/main/{10 * (place + 1)}"

"""Family setups per work centre, where changeovers are reported as rows of their own."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from zhizao.learn.open_time import OpenTime
from zhizao.learn.reports import Reports
from zhizao.model.plant import Provenance, Setup

_ENOUGH_ROWS = 5
_ENOUGH_CHANGES = 3


@dataclass(frozen=True, kw_only=True)
class LearntSetups:
    """Setups and where they come from."""

    setups: tuple[Setup, ...] = ()
    provenances: tuple[Provenance, ...] = ()

    def work_centres(self) -> set[str]:
        """Return the work centres that have setups."""
        return {s.work_centre for s in self.setups}

    def with_others(self, others: "LearntSetups") -> "LearntSetups":
        """Return these setups and others."""
        return LearntSetups(
            setups=(*self.setups, *others.setups),
            provenances=(*self.provenances, *others.provenances),
        )


def learn_setups(
    reports: Reports,
    *,
    centres: Mapping[str, str],
    families: Mapping[str, str],
    open_times: Mapping[str | None, OpenTime],
) -> LearntSetups:
    """Learn mean setup minutes by (work centre, family before, family after).

    Between two orders that follow each other on a resource lie the setup rows
    that began since the first one began; one that names an order is its own,
    and if that is a third order, the work on it is not known, so what was made
    before is not either. A change without any row took no setup. A
    pair of families has its own mean from three changes on; the others have
    the mean over all changes of the work centre. Nothing is learnt where no
    families are known or fewer than five setups were reported.

    Parameters
    ----------
    reports
        Known reports.
    centres, families
        Resource → work centre, product → family.
    open_times
        By resource.
    """
    rows = reports.stops.filter((pl.col("kind") == "setup") & pl.col("end_s").is_not_null())
    if rows.height < _ENOUGH_ROWS or not families:
        return LearntSetups()
    changes: dict[str, dict[tuple[str, str], list[float]]] = {}
    for (name,), own in rows.group_by("resource", maintain_order=True):
        resource = str(name)
        if resource not in centres:
            continue
        runs = reports.table.filter(pl.col("resource") == resource).sort("start_s")
        start = runs["start_s"].to_numpy()
        begun, ended = own["start_s"].to_numpy(), own["end_s"].to_numpy()
        open_time = open_times.get(resource) or open_times[None]
        minutes = open_time.worked(begun, ended) / 60.0
        of = own["order_id"].fill_null("").to_numpy()
        family = [families.get(p) for p in runs["product"].to_list()]
        orders = runs["order_id"].to_list()
        found = changes.setdefault(centres[resource], {})
        for i in range(1, len(orders)):
            before, after = family[i - 1], family[i]
            if orders[i] != orders[i - 1] and before is not None and after is not None:
                since = begun >= start[i - 1]
                between = since & (begun <= start[i])
                if not np.isin(of[between], ("", orders[i - 1], orders[i])).all():
                    continue
                # A lost begin of the work is estimated, and may lie before its setup.
                until_s = start[i + 1] if i + 1 < len(orders) else np.inf
                mine = (between & (of == "")) | (since & (begun <= until_s) & (of == orders[i]))
                found.setdefault((before, after), []).append(float(minutes[mine].sum()))
    setups: list[Setup] = []
    provenances: list[Provenance] = []
    for centre, found in sorted(changes.items()):
        everything = [m for values in found.values() for m in values]
        kept = {pair: v for pair, v in found.items() if len(v) >= _ENOUGH_CHANGES}
        other = [m for (a, b), values in found.items() if a != b for m in values] or everything
        entries = [(None, None, other), *((a, b, v) for (a, b), v in sorted(kept.items()))]
        for before_family, after_family, values in entries:
            mean = float(np.mean(values))
            half = 1.96 * float(np.std(values)) / np.sqrt(len(values))
            setups.append(
                Setup(
                    work_centre=centre,
                    from_family=before_family,
                    to_family=after_family,
                    setup_min=mean,
                )
            )
            provenances.append(
                Provenance(
                    where=f"setups/{centre}/{before_family or '*'}/{after_family or '*'}",
                    source="learnt",
                    level="pooled",
                    n=len(values),
                    value=mean,
                    low=max(0.0, mean - half),
                    high=mean + half,
                    note="minutes of setup rows between two orders",
                )
            )
    return LearntSetups(setups=tuple(setups), provenances=tuple(provenances))

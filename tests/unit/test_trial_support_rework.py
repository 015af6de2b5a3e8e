"""Whether the records support a change of how often work is done again."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from zhizao.model import (
    Plant,
    Product,
    Provenance,
    Records,
    Rework,
    Routing,
    ScaleRework,
    Scenario,
    Step,
)
from zhizao.trial import check_support, known_from_records

_AT = datetime(2024, 1, 1, tzinfo=UTC)


def _learnt(where: str, value: float, low: float, high: float) -> Provenance:
    return Provenance(
        where=f"routings/A/main/{where}", source="learnt", level="product", n=200,
        value=value, low=low, high=high,
    )  # fmt: skip


_STEPS = (
    Step(step=10, operation="cut"),
    Step(step=20, operation="check", rework=Rework(probability=0.2, to_step=10)),
    Step(step=30, operation="cut", probability=0.3),
)
PLANT = Plant(
    name="p",
    products=(Product(id="A"), Product(id="B")),
    routings=(Routing(product="A", steps=_STEPS), Routing(product="B", steps=_STEPS)),
    provenances=(
        _learnt("20/rework/probability", 0.2, 0.16, 0.25),
        _learnt("30/probability", 0.3, 0.27, 0.33),
    ),
)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (ScaleRework(factor=0.9), set()),
        (ScaleRework(factor=0.85, operation="check"), set()),
        (ScaleRework(factor=0.85, operation="cut"), {"rework_not_seen"}),
        (ScaleRework(factor=0.5), {"rework_not_seen"}),
        (ScaleRework(factor=0.9, product="B"), {"rework_not_learnt"}),
    ],
)
def test_rework_is_compared_with_what_the_records_show(
    change: ScaleRework, expected: set[str]
) -> None:
    frame = pl.DataFrame(
        {
            "order_id": ["W1"], "product": ["A"], "operation": ["cut"], "resource": ["M"],
            "start_at": [_AT], "end_at": [_AT + timedelta(hours=1)],
        }
    )  # fmt: skip
    known = known_from_records(Records.from_columns(frame), (), plant=PLANT)
    found = check_support(PLANT, Scenario(name="s", changes=(change,)), known=known)
    assert {w.code for w in found} == expected
    assert all("{" not in w.text + w.text_zh for w in found)

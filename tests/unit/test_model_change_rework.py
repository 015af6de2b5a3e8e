"""The lever of rework: detours and extra visits become more or less frequent."""

from datetime import UTC, datetime

import pytest

from zhizao._base.errors import ScenarioError
from zhizao.model import (
    Plant,
    Product,
    Rework,
    Routing,
    ScaleRework,
    Scenario,
    Step,
    apply_scenario,
    to_scenario,
)
from zhizao.model.changes.change_rework import extra_visits

_NOW = datetime(2024, 1, 1, tzinfo=UTC)


def _routing(product: str) -> Routing:
    return Routing(
        product=product,
        steps=(
            Step(step=10, operation="cut"),
            Step(step=20, operation="weld", probability=0.4),
            Step(step=30, operation="check", rework=Rework(probability=0.2, to_step=10)),
            Step(step=40, operation="cut", probability=0.3),
            Step(step=50, operation="check", probability=0.9),
        ),
    )


PLANT = Plant(
    name="p",
    products=(Product(id="A"), Product(id="B")),
    routings=(_routing("A"), _routing("B")),
)


def _chances(change: ScaleRework) -> dict[str, tuple[float, float, float]]:
    """Return by product the chance of weld, of the detour, and of the extra visit."""
    branch, _ = apply_scenario(PLANT, (), Scenario(name="s", changes=(change,)), now=_NOW)
    found = {}
    for routing in branch.routings:
        _, weld, check, cut, _ = routing.steps
        assert check.rework is not None
        found[routing.product] = (weld.probability, check.rework.probability, cut.probability)
    return found


def test_a_rare_step_of_an_operation_done_before_is_an_extra_visit() -> None:
    assert extra_visits(_routing("A")) == {40}


def test_detours_and_extra_visits_are_halved_and_optional_steps_are_not() -> None:
    assert _chances(ScaleRework(factor=0.5)) == {"A": (0.4, 0.1, 0.15), "B": (0.4, 0.1, 0.15)}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"product": "A"}, {"A": (0.4, 0.0, 0.0), "B": (0.4, 0.2, 0.3)}),
        ({"operation": "check"}, {"A": (0.4, 0.0, 0.3), "B": (0.4, 0.0, 0.3)}),
        ({"product": "B", "operation": "cut"}, {"A": (0.4, 0.2, 0.3), "B": (0.4, 0.2, 0.0)}),
    ],
)
def test_only_what_matches_is_changed(
    fields: dict[str, str], expected: dict[str, tuple[float, float, float]]
) -> None:
    assert _chances(ScaleRework.model_validate({"factor": 0.0, **fields})) == expected


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"factor": 0.5, "operation": "weld"}, "no rework to scale"),
        ({"factor": 4.0}, "a factor up to 3.33"),
        ({"factor": 0.5, "product": "AA"}, "Did you mean 'A'"),
        ({"factor": 0.5, "operation": "chek"}, "Did you mean 'check'"),
    ],
)
def test_what_cannot_be_scaled_is_said(fields: dict[str, object], said: str) -> None:
    scenario = to_scenario({"name": "s", "changes": [{"change": "scale_rework", **fields}]})
    with pytest.raises(ScenarioError, match=said):
        apply_scenario(PLANT, (), scenario, now=_NOW)

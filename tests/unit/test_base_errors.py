"""Errors say where, what, which rule, and what was probably meant."""

import pytest

from zhizao._base.errors import (
    FileFault,
    InputError,
    MappingError,
    MissingExtraError,
    PlantFileError,
    RecordsError,
    ScenarioError,
    SimulationError,
    ZhizaoError,
    did_you_mean,
    nearest_name,
)


def test_a_fault_names_place_value_rule_and_the_nearest_name():
    fault = FileFault(
        file="resources.csv", row=3, column="calendar", value="dya", rule="no such", nearest="day"
    )
    assert str(fault) == (
        "resources.csv, row 3, column 'calendar': found 'dya'; no such. Did you mean 'day'?"
    )
    assert str(FileFault(file="plant.toml", rule="it is missing")) == "plant.toml; it is missing."


def test_all_faults_come_in_one_error():
    faults = [FileFault(file="a.csv", rule="x"), FileFault(file="b.csv", rule="y")]
    error = PlantFileError(iter(faults))
    assert error.faults == tuple(faults)
    assert str(error).splitlines() == [
        "2 faults in the plant's files:",
        "  a.csv; x.",
        "  b.csv; y.",
    ]
    assert str(PlantFileError(faults[:1])).startswith("1 fault in")


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (InputError, ValueError),
        (MappingError, InputError),
        (PlantFileError, InputError),
        (RecordsError, InputError),
        (ScenarioError, InputError),
        (SimulationError, RuntimeError),
        (MissingExtraError, ImportError),
    ],
)
def test_every_error_is_a_builtin_that_a_user_would_expect(error, builtin):
    assert issubclass(error, builtin)
    assert issubclass(error, ZhizaoError)


def test_the_nearest_name_disregards_case_and_may_be_absent():
    assert nearest_name("LATHE 1", ["lathe 1", "mill"]) == "lathe 1"
    assert nearest_name("车床1", ["铣床 1", "车床 1"]) == "车床 1"
    assert nearest_name("x", ["lathe"]) is None
    assert did_you_mean("x", []) == ""

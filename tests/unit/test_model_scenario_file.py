"""Scenario files: every fault has its place, what is allowed and the nearest name."""

import json

import pytest

from zhizao._base.errors import ScenarioError
from zhizao.model import ScaleSpeed, Scenario, read_scenario, to_scenario, write_scenario


def lines(data):
    with pytest.raises(ScenarioError) as caught:
        to_scenario(data, source="night.toml")
    return [line.strip() for line in str(caught.value).splitlines()]


def test_every_fault_is_told_with_its_place():
    found = lines(
        {
            "name": "",
            "bsae": "x",
            "changes": [
                {"change": "scale_sped", "resource": "M1", "factor": 2},
                {"resource": "M1"},
                {"change": "scale_speed", "resource": "M1", "factor": 0},
                {"change": "scale_speed", "resource": "M1", "faktor": 2},
                {"change": "set_dispatch", "rule": "edf"},
                {"change": "take_down", "resource": "M1", "from_at": "2024-01-01T00:00:00",
                 "to_at": "soon"},
                {"change": "set_failure", "resource": "M1",
                 "failure": {"mtbf": 1, "mttr_h": 2}},
                {"change": "add_order", "order": {"id": "O", "product": "A", "quantty": 1}},
                {"change": "add_shift", "resources": [], "shifts": [{"weekday": "mond"}]},
            ],
        }
    )  # fmt: skip
    assert found[0] == f"{len(found) - 1} faults in a scenario:"
    text = {line.removeprefix("night.toml: ") for line in found[1:]}
    assert "name: found ''; expected a text that is not empty." in text
    assert any(t.startswith("bsae; there is no such field; allowed are name,") for t in text)
    assert any(t.endswith("Did you mean 'base'?") for t in text)
    assert any(
        t.startswith(
            "change 1, changes[0]: found 'scale_sped'; there is no such change; allowed are add_res"
        )
        and t.endswith("Did you mean 'scale_speed'?")
        for t in text
    )
    assert any(t.startswith("change 2, changes[1]; the key 'change'") for t in text)
    assert "change 3, changes[2].factor: found '0'; expected a number above 0." in text
    assert "change 4, changes[3].factor; a value is required here." in text
    assert (
        "change 4, changes[3].faktor; there is no such field; allowed are resource, factor. "
        "Did you mean 'factor'?" in text
    )
    assert any(
        t.startswith("change 5, changes[4].rule: found 'edf'; expected one of 'fifo'") for t in text
    )
    assert any(
        t.startswith("change 6, changes[5].from_at: found '2024-01-01T00:00:00'") for t in text
    )
    assert any(
        t.startswith("change 6, changes[5].to_at: found 'soon'; expected date, time") for t in text
    )
    assert any(
        t.startswith("change 7, changes[6].failure.mtbf;") and t.endswith("Did you mean 'mtbf_h'?")
        for t in text
    )
    assert any(
        t.startswith("change 8, changes[7].order.quantty;")
        and t.endswith("Did you mean 'quantity'?")
        for t in text
    )
    assert any(t.startswith("change 9, changes[8].shifts[0].weekday: found 'mond'") for t in text)
    assert any(t.startswith("change 9, changes[8].resources") for t in text)


@pytest.mark.parametrize("data", [[], "text", None, {"name": "x", "changes": 3}])
def test_data_of_another_shape_is_refused(data):
    assert lines(data)


def test_a_file_by_hand_is_read(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text(
        'name = "夜班"\n[[changes]]\nchange = "scale_speed"\nresource = "M1"\nfactor = 1.5\n',
        encoding="utf-8",
    )
    expected = Scenario(name="夜班", changes=(ScaleSpeed(resource="M1", factor=1.5),))
    assert read_scenario(path) == expected
    write_scenario(expected, tmp_path / "b.json")
    assert json.loads((tmp_path / "b.json").read_text(encoding="utf-8")) == {
        "name": "夜班",
        "changes": [{"change": "scale_speed", "resource": "M1", "factor": 1.5}],
    }


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.yaml", b"", "expected a name in .toml or .json"),
        ("a.toml", b"name = ", "is not TOML"),
        ("a.json", b"{", "is not JSON"),
        ("a.json", '{"name": "夜班"}'.encode("gbk"), "UTF-8"),
        ("a.toml", None, "There is no scenario file"),
    ],
)
def test_a_file_that_is_no_scenario_is_refused(tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ScenarioError, match=words):
        read_scenario(tmp_path / name)


def test_a_scenario_is_written_as_toml_or_json_only(tmp_path):
    with pytest.raises(ScenarioError, match=r"not as '\.txt'"):
        write_scenario(Scenario(name="x"), tmp_path / "a.txt")
    assert list(tmp_path.iterdir()) == []

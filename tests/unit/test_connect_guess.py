import pytest

from zhizao._base.errors import MappingError
from zhizao.connect import guess_mapping, mapping_of_toml, mapping_toml, read_drop
from zhizao.connect.files.text_files import table_of_text
from zhizao.connect.synonyms import field_scores


def guessed(text, name="t.csv"):
    return guess_mapping(table_of_text(text, name=name, encoding="utf-8")).tables[0]


def rows(template, n=20):
    return "".join(template.format(i=i, k=i % 4, day=i % 28 + 1) + "\n" for i in range(n))


def test_chinese_headings_are_understood():
    table = guessed(
        "工单号,产品,工序,设备,操作员,开始时间,结束时间,合格数量,报废数量,计划交期\n"
        + rows("A{k},P1,车,M1,张三,2024/1/{day} 8:00,2024/1/{day} 9:00,5,0,2024/3/1")
    )
    assert table.columns == {
        "order_id": "工单号",
        "product": "产品",
        "operation": "工序",
        "resource": "设备",
        "operator": "操作员",
        "start_at": "开始时间",
        "end_at": "结束时间",
        "good_quantity": "合格数量",
        "scrap_quantity": "报废数量",
        "due_at": "计划交期",
    }


def test_german_headings_decimals_and_dates_are_understood():
    table = guessed(
        "Auftrag;Arbeitsgang;Maschine;Beginn;Ende;Gutmenge;Ausschuss;Liefertermin\n"
        + rows("A{k};Drehen;M1;{day}.01.2024 08:00;{day}.01.2024 09:00;5,5;0;01.03.2024")
    )
    assert table.columns == {
        "order_id": "Auftrag",
        "operation": "Arbeitsgang",
        "resource": "Maschine",
        "start_at": "Beginn",
        "end_at": "Ende",
        "good_quantity": "Gutmenge",
        "scrap_quantity": "Ausschuss",
        "due_at": "Liefertermin",
    }
    assert (table.date_order, table.decimal) == ("dmy", ",")


def test_spanish_headings_are_understood():
    table = guessed(
        "Orden|Operación|Máquina|Inicio|Fin|Cantidad\n"
        + rows("A{k}|Torno|M1|2024-01-{day:02d} 08:00|2024-01-{day:02d} 09:00|{i}")
    )
    assert table.columns == {
        "order_id": "Orden",
        "operation": "Operación",
        "resource": "Máquina",
        "start_at": "Inicio",
        "end_at": "Fin",
        "good_quantity": "Cantidad",
    }


def test_a_quantity_that_never_changes_within_an_order_is_the_orders():
    table = guessed(
        "order,operation,start,end,quantity\n"
        + rows("A{k},cut,2024-01-{day:02d} 08:00,2024-01-{day:02d} 09:00,1{k}")
    )
    assert table.columns["order_quantity"] == "quantity"


def test_a_plan_is_not_taken_for_what_happened():
    table = guessed(
        "工单号,工序,计划开始时间,计划结束时间,实际开始时间,实际结束时间\n"
        + rows("A{k},车,2024-01-01 08:00,2024-01-01 09:00,2024-01-02 08:00,2024-01-02 09:00")
    )
    assert table.columns["start_at"] == "实际开始时间"
    assert table.columns["end_at"] == "实际结束时间"
    assert table.columns["scheduled_at"] == "计划开始时间"
    assert table.unmapped == ("计划结束时间",)


def test_start_and_end_are_found_by_their_values():
    table = guessed(
        "order,operation,zzz,qqq\n"
        + rows("A{k},cut,2024-01-{day:02d} 09:00,2024-01-{day:02d} 08:00")
    )
    assert (table.columns["start_at"], table.columns["end_at"]) == ("qqq", "zzz")
    assert any("by their values only" in note for note in table.notes)


def test_a_name_that_the_values_contradict_is_not_believed():
    table = guessed(
        "order,operation,start,end,scrap\n"
        + rows("A{k},cut,2024-01-{day:02d} 08:00,2024-01-{day:02d} 09:00,none at all")
    )
    assert "scrap_quantity" not in table.columns
    assert table.unmapped == ("scrap",)


@pytest.mark.parametrize(
    ("cells", "order"),
    [("{day}/01/2024", "dmy"), ("01/{day}/2024", "mdy"), ("2024/01/{day}", "ymd")],
)
def test_the_order_of_day_and_month_comes_from_the_values(cells, order):
    table = guessed("order,operation,start\n" + rows("A{k},cut," + cells + " 08:00"))
    assert table.date_order == order


def test_dates_that_could_be_either_way_round_are_said_to_be():
    table = guessed("order,operation,start\nA,cut,01/02/2024 08:00\nB,cut,03/04/2024 08:00\n")
    assert any("either way round" in note for note in table.notes)


def test_an_order_table_is_told_from_reports():
    table = guessed("工单号,产品,数量,计划交期,优先级\n" + rows("A{i},P,{i},2024-02-01,1"))
    assert table.kind == "orders"
    assert table.columns["order_quantity"] == "数量"
    assert table.columns["due_at"] == "计划交期"


def test_the_unit_of_plain_durations_comes_from_start_and_end():
    table = guessed(
        "order,operation,start,end,duration\n"
        + rows("A{k},cut,2024-01-{day:02d} 08:00,2024-01-{day:02d} 10:00,2.0")
    )
    assert table.duration_unit == "h"


def test_an_edited_mapping_comes_back_as_it_was_written():
    table = guessed('order,"op ""1""",start,end\nA,cut,2024-01-01 08:00,2024-01-01 09:00\n')
    mapping = guess_mapping(
        table_of_text(
            'order,"operation \\ ""1"" 工",start,end\nA,cut,2024-01-01 08:00,2024-01-01 09:00\n',
            name="ä\n.csv",
            encoding="utf-8",
        ),
        time_zone="Asia/Shanghai",
    )
    assert table.kind == "operations"
    assert mapping_of_toml(mapping_toml(mapping)) == mapping


def test_all_faults_of_a_mapping_come_together():
    text = """
time_zone = "UTC"
colour = 1
[[tables]]
file = "a.csv"
date_order = "dym"
[tables.columns]
resourc = "Machine"
"""
    with pytest.raises(MappingError, match=r"3 faults") as caught:
        mapping_of_toml(text)
    assert "Did you mean 'resource'?" in str(caught.value)


def test_a_mapping_with_an_unknown_column_names_the_nearest(tmp_path):
    data = tmp_path / "a.csv"
    data.write_text("order,job step,start,end\nA,cut,2024-01-01 08:00,2024-01-01 09:00\n")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        '[[tables]]\nfile = "a.csv"\n[tables.columns]\n'
        'order_id = "order"\noperation = "job stp"\nstart_at = "start"\n'
    )
    with pytest.raises(MappingError, match="Did you mean 'job step'"):
        read_drop([data], mapping=mapping)


def test_a_corrected_mapping_wins_over_the_guess(tmp_path):
    data = tmp_path / "a.csv"
    data.write_text(
        "order,operation,real op,start,end\nA,x,cut,2024-01-01 08:00,2024-01-01 09:00\n"
    )
    mapping = tmp_path / "mapping.toml"
    guess = mapping_toml(read_drop([data]).mapping)
    mapping.write_text(guess.replace('operation = "operation"', 'operation = "real op"'))
    drop = read_drop([data], mapping=mapping)
    assert drop.records.operations["operation"].to_list() == ["cut"]
    assert drop.mapping.tables[0].unmapped == ("operation",)


def test_a_table_without_orders_says_what_is_missing_and_what_it_has(tmp_path):
    data = tmp_path / "a.csv"
    data.write_text("region,sales\nnorth,1\n")
    with pytest.raises(MappingError, match=r"order_id.*Its columns are: region, sales"):
        read_drop([data])


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("Work Order  Qty", "order_quantity"),
        ("WorkOrderNo", "order_id"),
        ("Fertigungsauftragsnummer", "order_id"),
        ("Maschinengruppe", "resource"),
        ("fecha_inicio", "start_at"),
        ("实际开工时间", "start_at"),
        ("Processing time (min)", "duration"),
        ("good_qty", "good_quantity"),
    ],
)
def test_a_name_fits_its_field_best(name, field):
    scores = field_scores(name)
    assert max(scores, key=scores.__getitem__) == field


def test_headings_that_say_nothing_are_guessed_from_the_values():
    steps = ("cut", "bend", "weld")
    text = "c0,c1,c2,c3,c4\n" + "".join(
        f"WO-{i // 3},{steps[i % 3]},00{i % 7}:30,2024-01-{i % 28 + 1:02d} 08:00,2024-01-{i % 28 + 1:02d} 09:00\n"
        for i in range(60)
    )
    table = guessed(text)
    assert table.columns == {"order_id": "c0", "operation": "c1", "start_at": "c3", "end_at": "c4"}
    assert len(table.notes) == 3
    assert table.unmapped == ("c2",)

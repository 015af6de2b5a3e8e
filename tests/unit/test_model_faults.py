"""All faults of all files of a plant are told together, in plain words."""

from datetime import UTC, datetime

import fastexcel
import pytest
import xlsxwriter

from zhizao._base.errors import InputError, PlantFileError
from zhizao.model import (
    Calendar,
    Order,
    Plant,
    PlantFile,
    Product,
    Resource,
    Routing,
    Scenario,
    Step,
    WorkCentre,
    check_plant,
    plant_files,
    read_plant,
    write_plant,
)

GOOD = {
    "plant.toml": 'name = "P"\ntime_zone = "Asia/Shanghai"\n',
    "work_centres.csv": "work_centre,dispatch\nturning,edd\nmilling,\n",
    "resources.csv": "resource,work_centre\nM1,turning\nM2,milling\n",
    "products.csv": "product,family\nA,a\nB,\n",
    "routings.csv": "product,step,operation,resources\nA,10,turn,M1|M2@0.8\nA,20,mill,M2\n",
    "orders.csv": "order_id,product,due_at\nO1,A,2024-01-31T08:00\n",
}
JARGON = ("pydantic", "Input should", "type=", "Value error", "Field required", "validation")


@pytest.fixture
def put(tmp_path):
    """Write the good files, with some replaced, and return the faults of reading them."""

    def faults(**replaced):
        files = GOOD | {name.replace("_csv", ".csv"): text for name, text in replaced.items()}
        files |= {"plant.toml": files.pop("plant", files["plant.toml"])}
        for name, content in files.items():
            if content is not None:
                data = content if isinstance(content, bytes) else content.encode()
                (tmp_path / name).write_bytes(data)
        with pytest.raises(PlantFileError) as caught:
            read_plant(tmp_path)
        text = str(caught.value)
        assert not any(word in text for word in JARGON), text
        return caught.value.faults

    return faults


def places(faults):
    return [(f.file, f.row, f.column) for f in faults]


def test_a_plant_written_by_hand_with_few_columns_is_read(tmp_path):
    for name, text in GOOD.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = read_plant(tmp_path)
    assert [c.dispatch for c in found.plant.work_centres] == ["edd", "fifo"]
    (routing,) = found.plant.routings
    assert [(o.resource, o.speed) for o in routing.steps[0].resources] == [("M1", 1), ("M2", 0.8)]
    assert found.orders[0].due_at.isoformat() == "2024-01-31T08:00:00+08:00"


def test_faults_of_many_files_come_together(put):
    faults = put(
        work_centres_csv="work_centre,dispatch\nturning,eddd\nmilling,\n",
        resources_csv="resource,work_centre,capacity\nM1,turnin,0\nM2,milling,two\nM1,milling,1\n",
        orders_csv="order_id,product,quantity\nO1,a,1\nO2,A,-5\n,A,1\n",
    )
    assert places(faults) == [
        ("work_centres.csv", 2, "dispatch"),
        ("resources.csv", 2, "capacity"),
        ("resources.csv", 2, "work_centre"),
        ("resources.csv", 3, "capacity"),
        ("resources.csv", 4, "resource"),
        ("orders.csv", 2, "product"),
        ("orders.csv", 3, "quantity"),
        ("orders.csv", 4, "order_id"),
    ]
    by_place = {(f.row, f.column): f for f in faults}
    assert by_place[2, "dispatch"].nearest == "edd"
    assert by_place[2, "work_centre"].nearest == "turning"
    assert by_place[2, "work_centre"].rule == "expected a work centre of work_centres.csv"
    assert by_place[2, "capacity"].rule == "expected a number of at least 1"
    assert by_place[2, "capacity"].value == "0"
    assert by_place[3, "capacity"].rule == "expected a whole number such as 3"
    assert "row 2 has the same 'resource'" in by_place[4, "resource"].rule
    assert by_place[3, "quantity"].rule == "expected a number above 0"
    assert by_place[4, "order_id"].rule == "a value is required here"


def test_unknown_missing_and_repeated_columns_are_faults(put):
    faults = put(resources_csv="resource,workcentre,speed,speed\nM1,turning,1,1\nM2,milling,1,1\n")
    assert places(faults) == [
        ("resources.csv", 1, "workcentre"),
        ("resources.csv", 1, "speed"),
        ("resources.csv", 1, "work_centre"),
    ]
    assert faults[0].nearest == "work_centre"
    assert faults[1].rule == "the column stands here twice"
    assert faults[2].rule == "the column is missing"


def test_cells_beside_the_columns_are_faults(put):
    faults = put(products_csv="product,family\nA,a,stray\nB,\n")
    assert [(f.row, f.value) for f in faults] == [(2, "stray")]


@pytest.mark.parametrize(
    ("content", "row", "words"),
    [
        ("product,family\nA,a\nB,产品\n".encode("gbk"), 3, "UTF-8"),
        (b"PK\x03\x04rest of a workbook", None, "workbook"),
        (b"product,family\nA,\0\n", None, "zero bytes"),
        (b'product,family\nA,"a\nB,\n', 2, "not a CSV"),
        (b"product;family\nA;a\n", 1, "separated by ';'"),
        (b"", 1, "first row is empty"),
    ],
)
def test_a_file_that_is_no_csv_is_told_once_in_words(put, content, row, words):
    faults = [f for f in put(products_csv=content) if f.file == "products.csv"]
    assert [f.row for f in faults] == [row]
    assert words in faults[0].rule


def test_a_missing_plant_file_is_told_with_the_other_faults(put):
    faults = put(plant=None, resources_csv="resource,work_centre\nM1,turnin\nM2,milling\n")
    assert places(faults) == [("plant.toml", None, None), ("resources.csv", 2, "work_centre")]


def test_faults_of_the_plant_file(put):
    faults = put(plant='nam = "P"\ntime_zone = "Asia/Shanghay"\nrelease_calendar = "day"\n')
    by_column = {f.column: f for f in faults}
    assert set(by_column) == {"nam", "name", "time_zone", "release_calendar"}
    assert by_column["nam"].nearest == "name"
    assert by_column["name"].rule == "a value is required here"
    assert "IANA" in by_column["time_zone"].rule
    assert by_column["release_calendar"].rule == "expected a calendar of calendars.csv"
    assert "not TOML" in put(plant="name = ")[0].rule


def test_names_in_lists_are_looked_up_one_by_one(put):
    (fault,) = put(routings_csv="product,step,operation,resources\nA,10,turn,M1|M22@0.8\n")
    assert (fault.column, fault.value, fault.nearest) == ("resources", "M22", "M2")


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("M1|", "a name is missing"),
        ("M1@fast", "where 0.8 is a speed"),
        ("M1@0", "above 0"),
        ("M1|M1", "'M1' stands here 2 times"),
        ("M1\\x", "backslash"),
    ],
)
def test_lists_of_resources_that_cannot_be_read(put, cell, words):
    (fault,) = put(routings_csv=f"product,step,operation,resources\nA,10,turn,{cell}\n")
    assert (fault.row, fault.column, fault.value) == (2, "resources", cell)
    assert words in fault.rule


def test_rows_of_a_routing_must_fit_each_other(put):
    faults = put(
        routings_csv=(
            "product,variant,share,step,operation,rework_probability,rework_to_step\n"
            "A,x,0.5,20,mill,0.1,30\n"
            "A,x,0.5,10,turn,,\n"
            "A,y,0.4,10,turn,,\n"
            "A,y,0.3,20,mill,,\n"
            "A,y,0.4,20,mill,,\n"
        )
    )
    assert places(faults) == [
        ("routings.csv", 2, "rework_to_step"),
        ("routings.csv", 2, "share"),
        ("routings.csv", 5, "share"),
        ("routings.csv", 6, "step"),
    ]
    assert faults[0].rule.endswith("not after step 20: 10, 20")
    assert "add up to 0.9" in faults[1].rule
    assert "same share as in row 4" in faults[2].rule


def test_steps_may_stand_in_any_order(tmp_path):
    rows = "product,step,operation\nA,20,mill\nA,10,turn\n"
    for name, text in (GOOD | {"routings.csv": rows}).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert [s.step for s in read_plant(tmp_path).plant.routings[0].steps] == [10, 20]


def test_parts_of_a_breakdown_need_the_whole(put):
    (fault,) = put(resources_csv="resource,work_centre,mttr_h\nM1,turning,2\nM2,milling,\n")
    assert (fault.column, fault.rule) == ("mtbf_h", "a value is required here")


def test_rows_of_calendars(put):
    faults = put(
        calendars_csv=(
            "calendar,kind,weekday,start,end,from_at,to_at\n"
            "day,weekly,mo,8:00,16:00:00,,\n"
            "day,weekly,mon,25:00,16:00,,\n"
            "day,shut,,,,2024-01-01 00:00,2024-01-02 00:00\n"
            "day,closed,mon,,,2024-01-02T00:00,2024-01-01T00:00\n"
            "day,open,,,,2024-13-01 00:00,2024-01-02\n"
        )
    )
    assert places(faults) == [
        ("calendars.csv", 2, "weekday"),
        ("calendars.csv", 3, "start"),
        ("calendars.csv", 4, "kind"),
        ("calendars.csv", 5, "weekday"),
        ("calendars.csv", 5, None),
        ("calendars.csv", 6, "from_at"),
        ("calendars.csv", 6, "to_at"),
    ]
    assert faults[0].nearest == "mon"
    assert faults[1].rule == "expected a local time from 00:00 to 23:59"
    assert "not after its start" in faults[4].rule


def test_scenarios_of_a_folder_are_read_and_their_faults_told(tmp_path, put):
    (tmp_path / "scenarios").mkdir()
    scenario = 'name = "x"\nbase = "y"\n[[changes]]\nchange = "scale_sped"\n'
    (tmp_path / "scenarios/a.toml").write_text(scenario)
    (tmp_path / "scenarios/b.toml").write_text('name = "z"\nbase = "zz"\n')
    faults = put()
    assert [f.file for f in faults] == ["scenarios/a.toml", "scenarios/b.toml"]
    assert "Did you mean 'scale_speed'?" in faults[0].rule
    assert (faults[1].column, faults[1].value) == ("base", "zz")


def test_a_plant_in_memory_is_checked_by_the_same_rules():
    step = Step(step=10, operation="turn", resources=(), skills=("weld",))
    plant = Plant(
        name="P",
        work_centres=(WorkCentre(id="turning"),),
        resources=(
            Resource(id="M1", work_centre="turning"),
            Resource(id="M2", work_centre="turnin", calendar="day"),
        ),
        products=(Product(id="A"),),
        calendars=(Calendar(id="c"), Calendar(id="c")),
        routings=(Routing(product="A", steps=(step,)), Routing(product="A", steps=(step,))),
        release_calendar="d",
    )
    orders = (Order(id="O1", product="A"), Order(id="O1", product="B"))
    faults = check_plant(plant, orders)
    assert set(places(faults)) == {
        ("resources.csv", 3, "work_centre"),
        ("resources.csv", 3, "calendar"),
        ("routings.csv", 2, "skills"),
        ("routings.csv", 3, "skills"),
        ("routings.csv", 3, "step"),
        ("routings.csv", None, "variant"),
        ("calendars.csv", None, "calendar"),
        ("orders.csv", 3, "product"),
        ("orders.csv", 3, "order_id"),
        ("plant.toml", None, "release_calendar"),
    }


def test_a_plant_that_does_not_fit_is_not_written(tmp_path):
    plant = Plant(name="P", resources=(Resource(id="M1", work_centre="x"),))
    for name in ("folder", "book.xlsx"):
        with pytest.raises(PlantFileError, match="work_centre"):
            write_plant(PlantFile(plant=plant), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_writing_removes_a_table_that_is_empty_now_and_leaves_other_files_alone(tmp_path):
    plant = Plant(name="P", products=(Product(id="A"),))
    write_plant(PlantFile(plant=plant, orders=(Order(id="O", product="A"),)), tmp_path)
    (tmp_path / "records.parquet").write_bytes(b"x")
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios/mine.toml").write_text('name = "mine"\n')
    write_plant(PlantFile(plant=plant), tmp_path, others={"mapping.toml": "y"})
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == ["mapping.toml", "plant.toml", "products.csv", "records.parquet", "scenarios"]
    assert [s.name for s in read_plant(tmp_path).scenarios] == ["mine"]


def test_a_scenario_keeps_the_file_that_it_has(tmp_path):
    plant_file = PlantFile(plant=Plant(name="P"), scenarios=(Scenario(name="夜班/A"),))
    write_plant(plant_file, tmp_path)
    (first,) = (tmp_path / "scenarios").iterdir()
    first.rename(first.with_name("night.json"))
    (tmp_path / "scenarios/night.json").write_text('{"name": "夜班/A"}', encoding="utf-8")
    write_plant(plant_file, tmp_path)
    assert [p.name for p in (tmp_path / "scenarios").iterdir()] == ["night.json"]
    assert read_plant(tmp_path) == plant_file


def test_a_csv_opens_in_a_spreadsheet_as_what_it_is():
    plant = Plant(name="P", products=(Product(id="=1+2", description="a|b\nc"),))
    text = plant_files(PlantFile(plant=plant))["products.csv"]
    assert text == "\ufeffproduct,family,description\n\\=1+2,,a|b\\nc\n"


def test_a_path_that_is_no_plant_is_told(tmp_path):
    with pytest.raises(PlantFileError, match="there is no such folder"):
        read_plant(tmp_path / "x")
    (tmp_path / "x.txt").write_text("")
    with pytest.raises(PlantFileError, match="expected a plant folder or a workbook"):
        read_plant(tmp_path / "x.txt")
    (tmp_path / "x.xlsx").write_text("no")
    with pytest.raises(PlantFileError, match="not a workbook"):
        read_plant(tmp_path / "x.xlsx")


def test_a_workbook_typed_by_hand_is_read_and_its_faults_name_the_sheet(tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "p.xlsx", {"remove_timezone": True})
    date = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet("plant")
    sheet.write_row(0, 0, ["name", "Works"])
    sheet.write_row(1, 0, ["time_zone", "Asia/Shanghai"])
    sheet = book.add_worksheet("products")
    sheet.write_row(0, 0, ["product"])
    sheet.write_row(1, 0, [1001])
    sheet = book.add_worksheet("orders")
    sheet.write_row(0, 0, ["order_id", "product", "quantity", "due_at"])
    sheet.write_row(1, 0, ["O1", "1001", 2.5])
    sheet.write_datetime(1, 3, datetime(2024, 1, 31, 8, tzinfo=UTC), date)
    book.close()
    found = read_plant(tmp_path / "p.xlsx")
    assert found.plant.products[0].id == "1001"
    assert found.orders[0].quantity == 2.5
    assert found.orders[0].due_at.isoformat() == "2024-01-31T08:00:00+08:00"

    book = xlsxwriter.Workbook(tmp_path / "q.xlsx")
    book.add_worksheet("product").write_row(0, 0, ["product"])
    sheet = book.add_worksheet("orders")
    sheet.write_row(0, 0, ["order_id", "product", "quantity"])
    sheet.write_row(2, 0, ["O1", "A", "many"])
    book.close()
    with pytest.raises(PlantFileError) as caught:
        read_plant(tmp_path / "q.xlsx")
    assert places(caught.value.faults) == [
        ("q.xlsx", None, None),
        ("q.xlsx, sheet 'plant'", None, None),
        ("q.xlsx, sheet 'orders'", 3, "quantity"),
        ("q.xlsx, sheet 'orders'", 3, "product"),
    ]


def test_a_cell_that_a_workbook_cannot_hold_is_refused(tmp_path):
    plant = Plant(name="P", products=(Product(id="A", description="x" * 40_000),))
    with pytest.raises(InputError, match="holds 32767"):
        write_plant(PlantFile(plant=plant), tmp_path / "p.xlsx")
    write_plant(PlantFile(plant=plant), tmp_path / "p")
    assert read_plant(tmp_path / "p").plant == plant


@pytest.mark.parametrize("value", [0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308])
def test_a_workbook_holds_numbers_as_numbers_with_all_digits(tmp_path, value):
    order = Order(id="O", product="A", quantity=value)
    plant = Plant(name="P", products=(Product(id="A"),))
    write_plant(PlantFile(plant=plant, orders=(order,)), tmp_path / "p.xlsx")
    assert read_plant(tmp_path / "p.xlsx").orders == (order,)
    cells = fastexcel.read_excel(tmp_path / "p.xlsx").load_sheet("orders").to_polars()
    assert cells["quantity"].to_list() == [value]


def test_steps_drawn_with_steps_that_there_are_not_or_in_a_circle_are_faults(put):
    head = "product,step,operation,resources,probability,drawn_with,dependence\n"
    faults = put(
        routings_csv=head
        + "A,10,turn,M1,0.5,25,\nA,20,mill,M2,0.5,10,1.5\nB,10,turn,M1,0.5,10,\nB,20,mill,M2,0.5,,0.5\n"
    )
    by_place = {(f.row, f.column): f.rule for f in faults}
    assert by_place[2, "drawn_with"] == "expected a step of this routing other than step 10: 20"
    assert by_place[3, "dependence"] == "expected a number of at most 1"
    assert "drawn_with itself" in by_place[4, None]
    assert "has the dependence 0.5, but no drawn_with" in by_place[5, None]
    faults = put(routings_csv=head + "A,10,turn,M1,0.5,20,\nA,20,mill,M2,0.5,10,1\n")
    (circle,) = (f.rule for f in faults if f.file == "routings.csv")
    assert "in a circle, 10 → 20 → 10; leave one of them empty" in circle

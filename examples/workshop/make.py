"""Write the example's log and its truth: ``python examples/workshop/make.py``."""

import argparse
import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "examples"))

from workshop.config import WORKSHOP, Config  # noqa: E402  found through the line above
from workshop.count_mess import Row  # noqa: E402
from workshop.demand import Order  # noqa: E402
from workshop.logging_mess import make_mess  # noqa: E402
from workshop.model import simulate  # noqa: E402
from workshop.reports import HEADINGS, Report, reports_of  # noqa: E402
from workshop.truth import clock, plain, truth_of  # noqa: E402

DATA = ROOT / "src" / "zhizao" / "cli" / "example_data"


def written_row(config: Config, report: Report) -> Row:
    """Return the cells of a report as the plant's system exports them."""
    cells = (
        report.order.id,
        report.order.product.name,
        f"{report.operation} - {report.named_machine}",
        report.machine,
        clock(config, report.start_s),
        clock(config, report.end_s) or "",
        report.operator,
        str(report.good),
        str(report.scrap),
        str(report.order.quantity),
        report.remark,
    )
    return dict(zip(HEADINGS, map(str, cells), strict=True)) | report.cells


def order_rows(config: Config, orders: list[Order], *, logged: set[str]) -> list[Row]:
    """Return the order table: orders with a report, and those released while logging."""
    begins_s, ends_s = config.at_s(config.log_begins_at), config.at_s(config.log_ends_at)
    return [
        {
            "Work Order": order.id,
            "Part No.": order.product.name,
            "Family": order.product.family,
            "Quantity": str(order.quantity),
            "Released": str(clock(config, order.released_s)),
            "Promised": str(clock(config, order.promised_s)),
            "Priority": str(order.priority),
        }
        for order in orders
        if order.id in logged or begins_s <= order.released_s < ends_s
    ]


def build(config: Config = WORKSHOP, *, seed: int = 7) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the text of each file by its name, and the truth as data."""
    events, orders = simulate(config, seed=seed)
    log = make_mess(config, reports_of(config, events, orders, seed=seed), seed=seed)
    rows = [written_row(config, report) for report in log.rows]
    truth = truth_of(config, seed=seed, events=events, orders=orders, log=log, rows=rows)
    files = {
        "operations.csv": _csv(rows),
        "orders.csv": _csv(order_rows(config, orders, logged={row["Work Order"] for row in rows})),
        "truth.json": _json(truth),
    }
    return files, truth


def _csv(rows: list[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _json(truth: dict[str, Any]) -> str:
    """Return JSON with a line for each entry of the first two levels, to be diffed."""
    blocks = []
    for name, value in truth.items():
        text = json.dumps(value, default=plain, ensure_ascii=False)
        if isinstance(value, dict):
            lines = (f"  {json.dumps(k)}: {json.dumps(v, default=plain, ensure_ascii=False)}" for k, v in value.items())  # fmt: skip
            text = "{\n" + ",\n".join(lines) + "\n}"
        blocks.append(f"{json.dumps(name)}: {text}")
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def main() -> None:
    """Write the three files and print what truly happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--into", type=Path, default=DATA)
    arguments = parser.parse_args()
    files, truth = build(seed=arguments.seed)
    arguments.into.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (arguments.into / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"{name}: {text.count(chr(10))} lines, {len(text.encode()) / 1024:.0f} KiB")
    measured = truth["measured"]
    for name, value in measured.pop("utilisation").items():
        print(f"{name:10}" + "".join(f" {kind} {share:6.1%}" for kind, share in value.items()))
    print("\n".join(f"{name}: {value}" for name, value in measured.items()))
    print("spoilt on purpose / found by definition")
    found = truth["by_definition"]
    for name in sorted({*truth["mess"], *found}):
        spoilt = truth["mess"].get(name, {}).get("count", "-")
        print(f"{name:20} {spoilt:>5} {found.get(name, {}).get('count', '-'):>5}")


if __name__ == "__main__":
    main()

"""A user's own file: the public functions, as the type checker sees them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from zhizao.model import Order, Plant, Product, Run, Scenario, apply_scenario, to_scenario
from zhizao.serve.steps import drop, learn, report, trust, try_scenarios
from zhizao.trial import Comparison
from zhizao.twin import simulate


def whole_thread(log: Path, folder: Path, scenario: Path) -> Path:
    verdict = drop([log], into=folder, time_zone="Asia/Shanghai").verdict
    rows: int = verdict.n_rows
    plant: Plant = learn(folder).plant
    error_h: float | None = trust(folder).median_abs_error_h
    comparison: Comparison = try_scenarios(folder, [scenario], weeks=4.0)
    print(rows, plant.name, error_h, comparison.scenarios[0].sentence)
    return report(folder, lang="zh")


def own_plant() -> Run:
    plant = Plant(name="mine", products=(Product(id="shaft"),))
    start: datetime = datetime(2025, 1, 6, tzinfo=UTC)
    orders: tuple[Order, ...] = (Order(id="1", product="shaft", quantity=10),)
    scenario: Scenario = to_scenario({"name": "as it is", "changes": []})
    branch, orders = apply_scenario(plant, orders, scenario, now=start)
    return simulate(branch, orders, start_at=start, end_at=start + timedelta(weeks=1))

"""``zhizao long-run``: what the plant comes to if its demand goes on as it is."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from zhizao._base.errors import InputError
from zhizao.cli._terminal import (
    AsJson,
    Language,
    PlantDir,
    Seed,
    number,
    print_json,
    print_line,
    print_table,
    progress_bar,
)

if TYPE_CHECKING:
    from zhizao._base.words import Lang
    from zhizao.twin.study.results import LongRun

_HEADINGS = {
    "en": ["KPI", "unit", "mean", "95 % low", "high", "warm-up, h"],
    "zh": ["指标", "单位", "均值", "95 % 下限", "上限", "预热（小时）"],
}
_LABELS = {
    "en": "simulating the long run, weeks (longer until it is known)",
    "zh": "模拟长期运行，周（直到足够精确）",
}
_TITLES = {
    "en": "{plant}: in the long run, {n} runs of {weeks:,.0f} weeks from empty",
    "zh": "{plant}：长期运行，{n} 次从空厂开始、每次 {weeks:,.0f} 周的模拟",
}
_REACHED = {
    "en": "{kpi}: known to ± {error:.1%} (asked: {within:.1%})",
    "zh": "{kpi}：精度 ± {error:.1%}（要求：{within:.1%}）",
}
_CHANCE = {
    "en": "The intervals hold chance for the plant as it is described; what was learnt from few records "
    "has errors of its own, which `zhizao try` shows apart.",
    "zh": "区间只包含按当前工厂描述的随机性；由少量记录学得的数值另有误差，`zhizao try` 会单独显示。",
}


def command(
    plant_dir: PlantDir,
    within: Annotated[
        str, typer.Option("--within", help="allowed error of the mean, as a share: 5% or 0.05")
    ] = "5%",
    kpi: Annotated[
        str,
        typer.Option(
            "--kpi",
            help="which one must be so precise: lead_time_mean_h, wip_mean, "
            "throughput_per_week, tardiness_mean_h, late_share",
        ),
    ] = "lead_time_mean_h",
    replications: Annotated[int, typer.Option("--replications", min=2, help="runs")] = 30,
    seed: Seed = 0,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Simulate the demand from an empty plant, warm-up cut off, until a mean is known well enough."""
    from zhizao.serve.steps import long_run

    share = read_share(within)
    with progress_bar(_LABELS[lang]) as progress:
        found = long_run(
            plant_dir,
            within=share,
            kpi=kpi,
            n_replications=replications,
            seed=seed,
            progress=progress,
        )
    if as_json:
        print_json(_to_json(found, lang=lang))
        return
    _print(found, plant=plant_dir.resolve().name, lang=lang)


def read_share(text: str) -> float:
    """Return a share between 0 and 1 written as a share or in percent.

    Raises
    ------
    InputError
        If it is neither, or out of range.

    Examples
    --------
    >>> read_share("5%"), read_share("0.05")
    (0.05, 0.05)
    """
    written = text.strip().replace("％", "%")
    try:
        share = float(written.removesuffix("%")) / (100.0 if written.endswith("%") else 1.0)
    except ValueError:
        share = float("nan")
    if not 0.0 < share < 1.0:
        raise InputError(
            f"--within is '{text}', expected a share above 0 and below 1, such as 5% or 0.05"
        )
    return share


def _print(found: "LongRun", *, plant: str, lang: "Lang") -> None:
    from zhizao._base.words import say
    from zhizao.model import KPI_UNITS
    from zhizao.twin.study.results import kpi_name, longer_arm

    first = found.studies[0]
    print_table(
        _HEADINGS[lang],
        [
            (
                kpi_name(s.kpi, lang=lang),
                say("zhizao.model", f"unit_{KPI_UNITS[s.kpi] or 'share'}", lang=lang),
                number(s.interval.mean, digits=3),
                number(s.interval.low, digits=3),
                number(s.interval.high, digits=3),
                number(s.deleted_h, digits=0),
            )
            for s in found.studies
        ],
        title=_TITLES[lang].format(plant=plant, n=first.n, weeks=found.weeks),
    )
    if found.is_reached:
        error = longer_arm(first.interval) / abs(first.interval.mean or 1.0)
        name = kpi_name(found.kpi, lang=lang)
        print_line(_REACHED[lang].format(kpi=name, error=error, within=found.within))
    print_line(_CHANCE[lang])
    for warning in found.warnings(lang=lang):
        print_line(f"! {warning}")


def _to_json(found: "LongRun", *, lang: "Lang") -> dict[str, Any]:
    return {
        "kpi": found.kpi,
        "within": found.within,
        "is_reached": found.is_reached,
        "weeks": found.weeks,
        "looks": found.n_looks,
        "kpis": [
            {
                "kpi": s.kpi,
                "mean": s.interval.mean,
                "low": s.interval.low,
                "high": s.interval.high,
                "n": s.n,
                "warm_up_found": s.is_reached,
                "warm_up_h": s.deleted_h,
                "observations": list(s.n_kept),
                "worth": s.n_independent,
                "quantiles": [
                    {
                        "probability": q.probability,
                        "mean": q.interval.mean,
                        "low": q.interval.low,
                        "high": q.interval.high,
                    }
                    for q in s.quantiles
                ],
            }
            for s in found.studies
        ],
        "warnings": list(found.warnings(lang=lang)),
    }

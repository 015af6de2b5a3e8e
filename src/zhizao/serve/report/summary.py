"""The five sentences that a production manager would want."""

from pathlib import Path

from zhizao._base.units import SECONDS_PER_WEEK
from zhizao._base.words import Lang
from zhizao.learn import SAFE_P90
from zhizao.serve.drawing.charts import number
from zhizao.serve.report.material import Material, read_material
from zhizao.serve.report.plant_section import MIN_SAMPLE, is_weak, records_window
from zhizao.serve.report.trust_forecasts import score_of_dates
from zhizao.serve.report.wording import Words
from zhizao.trial import Comparison, ScenarioResult

QUESTIONS = (
    ("data", "verdict"),
    ("faults", "verdict"),
    ("plant", "plant"),
    ("trust", "trust"),
    ("help", "try"),
)
"""Key of the question in words.toml, and the section that has the rest."""


def five_sentences(folder_path: Path | str, *, lang: Lang = "en") -> tuple[str, ...]:
    """Return five sentences on a plant folder: data, faults, plant, trust, what helps.

    A step that was not taken yet is said with the command that takes it.

    Raises
    ------
    InputError
        If there is no such folder, or its files have faults.

    Examples
    --------
    >>> import tempfile
    >>> from zhizao.model import Plant, PlantFile, write_plant
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_plant(PlantFile(plant=Plant(name="p")), folder)
    ...     len(five_sentences(folder))
    5
    """
    return sentences(read_material(Path(folder_path)), lang=lang)


def sentences(material: Material, *, lang: Lang) -> tuple[str, ...]:
    """Return the five sentences on material that was read already."""
    words = Words(lang=lang)
    return (
        _data(material, words),
        material.verdict.headline.in_(lang)
        if material.verdict
        else words("sum_faults_missing", folder=material.folder),
        _plant(material, words),
        _trust(material, words),
        _help(material.comparison, words) or words("sum_help_missing", folder=material.folder),
    )


def _data(material: Material, words: Words) -> str:
    records = material.records
    window = records_window(records) if records is not None else None
    if records is None or window is None:
        return words("sum_data_missing", folder=material.folder)
    table = records.operations
    return words(
        "sum_data",
        n_reports=f"{table.height:,}",
        n_orders=f"{table['order_id'].drop_nulls().n_unique():,}",
        n_products=f"{table['product'].drop_nulls().n_unique():,}",
        n_resources=f"{table['resource'].drop_nulls().n_unique():,}",
        n_weeks=number((window[1] - window[0]).total_seconds() / SECONDS_PER_WEEK, digits=2),
    )


def _plant(material: Material, words: Words) -> str:
    plant = material.plant_file.plant
    if not plant.routings:
        return words("sum_plant_missing", folder=material.folder)
    questions = (material.learnt or {}).get("questions", ())
    return words(
        "sum_plant",
        n_products=len({r.product for r in plant.routings}),
        n_variants=len(plant.routings),
        n_resources=len(plant.resources),
        n=f"{len(plant.provenances):,}",
        n_weak=f"{sum(map(is_weak, plant.provenances)):,}",
        minimum=MIN_SAMPLE,
        n_questions=len(questions),
    )


def _trust(material: Material, words: Words) -> str:
    trust = material.trust
    if trust is None:
        return words("sum_trust_missing", folder=material.folder)
    sentence = trust.sentence_zh if words.lang == "zh" else trust.sentence
    kept = score_of_dates(trust).coverage_p90
    if kept is not None and kept < SAFE_P90:
        space = "" if words.lang == "zh" else " "
        sentence += space + words("p90_short", share=f"{kept:.0%}")
    return sentence


def _help(comparison: Comparison | None, words: Words) -> str:
    if comparison is None or not comparison.scenarios:
        return ""
    n = len(comparison.scenarios)
    best = best_scenario(comparison)
    if best is None:
        n_warnings = max(len(s.warnings) for s in comparison.scenarios)
        text = words("sum_help_none", n=n) + _likeliest(comparison, words)
        return text + (words("sum_help_warned", n=n_warnings) if n_warnings else "")
    sentence = best.sentence_zh if words.lang == "zh" else best.sentence
    space = "" if words.lang == "zh" else " "
    text = words("sum_help", n=n, sentence=sentence) + space + best.support_text(lang=words.lang)
    return text + (words("sum_help_warned", n=len(best.warnings)) if best.warnings else "")


def _likeliest(comparison: Comparison, words: Words) -> str:
    """Return what shortens the mean lead time most in the mean, and how unsure that is."""
    found = [
        (d.difference, d.low, d.high, s.name)
        for s in comparison.scenarios
        for d in s.kpis
        if d.kpi == "lead_time_mean_h" and d.difference is not None and not d.is_slight
    ]
    shorter = [one for one in found if one[0] < 0.0 and one[1] is not None and one[2] is not None]
    if not shorter:
        return ""
    difference, low, high, name = min(shorter)
    return words(
        "sum_help_likeliest",
        name=name,
        difference=f"{difference:+.1f}".replace("-", "−"),
        low=f"{low:+.1f}".replace("-", "−"),
        high=f"{high:+.1f}".replace("-", "−"),
    )


def best_scenario(comparison: Comparison) -> ScenarioResult | None:
    """Return the scenario that clearly shortens the mean lead time most, or None.

    Of several, the one whose interval ends farthest below 0 is taken: the
    gain that is sure, not the largest one that was seen.
    """
    sure = [
        (d.high, s)
        for s in comparison.scenarios
        for d in s.kpis
        if d.kpi == "lead_time_mean_h" and d.high is not None and d.high < 0.0 and not d.is_slight
    ]
    return min(sure, key=lambda pair: pair[0])[1] if sure else None

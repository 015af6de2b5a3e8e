"""The report: one page of everything that the folder holds."""

from pathlib import Path

from zhizao._base.words import Lang
from zhizao.serve.report import write_report
from zhizao.serve.steps._folder import existing_folder


def report(plant_dir: Path | str, *, lang: Lang = "en", out: Path | str | None = None) -> Path:
    """Write the report of a plant folder as one HTML file and return its path.

    Parameters
    ----------
    plant_dir : path
        The plant folder.
    lang : {"en", "zh"}
        Language of the page.
    out : path, optional
        The file; ``report.html`` or ``report.zh.html`` in the folder if absent.

    Raises
    ------
    InputError
        If there is no such folder, or its files have faults.

    Examples
    --------
    >>> import tempfile
    >>> from zhizao.model import Plant, PlantFile, Resource, WorkCentre, write_plant
    >>> folder = Path(tempfile.mkdtemp())
    >>> mill = Resource(id="M1", work_centre="mills")
    >>> plant = Plant(name="P", work_centres=(WorkCentre(id="mills"),), resources=(mill,))
    >>> write_plant(PlantFile(plant=plant), folder)
    >>> report(folder).name, report(folder, lang="zh").name
    ('report.html', 'report.zh.html')
    """
    name = "report.html" if lang == "en" else f"report.{lang}.html"
    folder = existing_folder(plant_dir)
    path = folder / name if out is None else Path(out)
    return write_report(folder, out=path, lang=lang)

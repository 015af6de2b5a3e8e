"""Read and write a plant, its orders and scenarios: a folder or one workbook."""

from pathlib import Path

from zhizao._base.errors import FileFault, InputError, PlantFileError
from zhizao.model.files.folder import OtherFiles, read_plant_folder, write_plant_folder
from zhizao.model.files.sheets import PlantFile
from zhizao.model.files.workbook import read_plant_workbook, write_plant_workbook


def read_plant(path: Path | str) -> PlantFile:
    """Read a plant folder, or the same as one ``.xlsx`` file.

    Parameters
    ----------
    path : path
        Folder with ``plant.toml``, or a workbook.

    Raises
    ------
    PlantFileError
        With every fault of every file: file, row, column, value, rule and the
        nearest valid name.

    Examples
    --------
    >>> import tempfile
    >>> from zhizao.model.plant import Plant
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_plant(PlantFile(plant=Plant(name="柳州")), folder)
    ...     read_plant(folder).plant.name
    '柳州'
    """
    path = Path(path)
    if path.is_dir():
        return read_plant_folder(path)
    if not path.exists():
        rule = "there is no such folder or file"
    elif path.suffix.lower() != ".xlsx":
        rule = "expected a plant folder or a workbook (.xlsx)"
    else:
        return read_plant_workbook(path)
    raise PlantFileError([FileFault(file=str(path), rule=rule)])


def write_plant(
    plant_file: PlantFile, path: Path | str, *, others: OtherFiles | None = None
) -> None:
    """Write a plant folder or workbook so that reading it gives an equal plant file.

    Everything is prepared before anything is put in place. In a folder, the
    CSV of a table that is empty now is removed; files that are not the plant's
    and scenarios that are not among ``plant_file.scenarios`` are left alone.

    Parameters
    ----------
    plant_file : PlantFile
        What to write.
    path : path
        A folder (made if absent), or a name that ends in ``.xlsx``.
    others : mapping of name to content, or a function that returns it, optional
        Other files of the folder that are put in place together with these. A function
        is called when the plant's own files are ready: it may wait for another thread.

    Raises
    ------
    PlantFileError
        If the plant's parts do not fit each other; nothing is written.
    InputError
        If ``others`` are given with a workbook.

    Examples
    --------
    >>> import tempfile
    >>> from zhizao.model.plant import Plant
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_plant(PlantFile(plant=Plant(name="P")), Path(folder) / "plant.xlsx")
    ...     read_plant(Path(folder) / "plant.xlsx").plant.name
    'P'
    """
    path = Path(path)
    if path.suffix.lower() != ".xlsx" or path.is_dir():
        write_plant_folder(plant_file, path, others=others)
    elif others:
        names = ", ".join(others() if callable(others) else others)
        raise InputError(f"'{path}' is a workbook; it has no place for {names}.")
    else:
        write_plant_workbook(plant_file, path)

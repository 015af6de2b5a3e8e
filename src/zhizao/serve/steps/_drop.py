"""Step 1, drop: files → records, mapping, verdict, set-aside rows in a plant folder."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from zhizao._base.errors import InputError
from zhizao._base.progress import Progress
from zhizao.connect import KEY_FILE, Drop, drop_files, key_of_text, new_key, read_drop
from zhizao.model import Plant, PlantFile, Product, read_plant, write_plant


def drop(
    files: Sequence[Path | str] | Path | str,
    *,
    into: Path | str,
    mapping: Path | str | None = None,
    time_zone: str | None = None,
    name: str | None = None,
    keep_operator_names: bool = False,
    progress: Progress | None = None,
) -> Drop:
    r"""Read records into a plant folder and judge them.

    The folder gets ``records.parquet``, ``orders.csv``, ``mapping.toml``,
    ``verdict.json`` and ``set_aside.csv``; a plant that is already there keeps
    everything else. Nothing is written before everything has been read. Names of
    people become pseudonyms under a key that stays in the folder (``operator.key``).

    Parameters
    ----------
    files : path, or several
        Operation records and order tables: CSV, Excel, Parquet, XES.
    into : path
        The plant folder; made if absent.
    mapping : path, optional
        A ``mapping.toml``; guessed if absent.
    time_zone : str, optional
        IANA name of the zone of clock times that state none; that of the
        plant if it is already there, else UTC.
    name : str, optional
        Name of the plant; that of the folder for a new plant, else unchanged.
    keep_operator_names : bool, optional
        Whether names of people stay as they are.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    RecordsError, MappingError
        If a file cannot be read, or the mapping does not fit it.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> head, row = "order,operation,machine,start,end", "A,cut,M1,2025-03-03 08:00,2025-03-03 09:00"
    >>> _ = (folder / "log.csv").write_text(f"{head}\n{row}\n")
    >>> dropped = drop(folder / "log.csv", into=folder / "plant", time_zone="Asia/Shanghai")
    >>> dropped.records.n_rows, (folder / "plant" / "verdict.json").is_file()
    (1, True)
    """
    folder = Path(into)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"'{folder}' is a file; --into takes a folder, new or existing.")
    before = read_plant(folder) if (folder / "plant.toml").is_file() else None
    zone = time_zone or (before.plant.time_zone if before else None)
    key = None if keep_operator_names else _key(folder)
    result = read_drop(
        files,
        mapping=mapping,
        time_zone=zone,
        operator_key=key,
        progress=progress,
    )
    plant = before.plant if before else Plant(name=folder.resolve().name)
    plant = plant.model_copy(
        update={
            "name": name or plant.name,
            "time_zone": result.mapping.time_zone,
            "products": _with_new_products(plant, result),
        }
    )
    scenarios = before.scenarios if before else ()
    after = PlantFile(plant=plant, orders=result.orders, scenarios=scenarios)
    secret = {} if key is None else {KEY_FILE: key.hex() + "\n"}
    # Records are written by polars, the plant by Python: each on a core of its own.
    with ThreadPoolExecutor(max_workers=1) as pool:
        written = pool.submit(drop_files, result)
        write_plant(after, folder, others=lambda: written.result() | secret)
    if key is not None:
        (folder / KEY_FILE).chmod(0o600)
    return result


def _key(folder: Path) -> bytes:
    """Return the folder's key, or a new one if it has none yet."""
    path = folder / KEY_FILE
    if not path.is_file():
        return new_key()
    return key_of_text(path.read_text(encoding="utf-8", errors="replace"), name=str(path))


def _with_new_products(plant: Plant, result: Drop) -> tuple[Product, ...]:
    """Return the plant's products and those that the orders name for the first time."""
    operations = result.records.operations
    pairs = operations.select("product", "family").drop_nulls("product").unique("product")
    families = dict(pairs.iter_rows())
    known = {p.id for p in plant.products}
    new = sorted({o.product for o in result.orders} - known)
    return plant.products + tuple(Product(id=p, family=families.get(p)) for p in new)

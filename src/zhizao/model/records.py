"""Records: what happened, one row for each report of an operation.

The schema is data: the readers, the verdict, the documentation and the twin's
own trace all follow ``OPERATION_COLUMNS``. Instants are UTC in microseconds;
the plant's time zone is in the plant file.
"""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, field_validator

from zhizao._base.errors import RecordsError, did_you_mean

INSTANT = pl.Datetime("us", "UTC")

RowKind = Literal["run", "setup", "down", "repair"]
"""What a row reports: work on an order, a changeover, a stop, a repair."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of the records: its type, unit and meaning."""

    name: str
    dtype: pl.DataType
    unit: str
    meaning: str
    required: bool = False


OPERATION_COLUMNS: tuple[Column, ...] = (
    Column(name="order_id", dtype=pl.String(), unit="", meaning="the order that was worked on; null only in rows that are not of kind 'run'"),
    Column(name="lot_id", dtype=pl.String(), unit="", meaning="the part of the order that moves as one; equals order_id where the plant does not split orders"),
    Column(name="product", dtype=pl.String(), unit="", meaning="what the order makes"),
    Column(name="family", dtype=pl.String(), unit="", meaning="the group that the product belongs to"),
    Column(name="operation", dtype=pl.String(), unit="", meaning="the operation as the plant names it", required=True),
    Column(name="step", dtype=pl.Int64(), unit="", meaning="position of the operation in the routing, where the source states it"),
    Column(name="resource", dtype=pl.String(), unit="", meaning="the machine or place that did it"),
    Column(name="operator", dtype=pl.String(), unit="", meaning="the person who did it"),
    Column(name="kind", dtype=pl.String(), unit="", meaning="run, setup, down or repair", required=True),
    Column(name="scheduled_at", dtype=INSTANT, unit="UTC", meaning="when the operation was asked for or ready, where the source states it"),
    Column(name="start_at", dtype=INSTANT, unit="UTC", meaning="when the work began; null where it was not recorded"),
    Column(name="end_at", dtype=INSTANT, unit="UTC", meaning="when the work ended; null where it was not recorded or is not over"),
    Column(name="good_quantity", dtype=pl.Float64(), unit="pieces", meaning="pieces reported good"),
    Column(name="scrap_quantity", dtype=pl.Float64(), unit="pieces", meaning="pieces rejected"),
    Column(name="hold_quantity", dtype=pl.Float64(), unit="pieces", meaning="pieces held for a decision (material review)"),
    Column(name="order_quantity", dtype=pl.Float64(), unit="pieces", meaning="pieces that the order asks for"),
    Column(name="is_rework", dtype=pl.Boolean(), unit="", meaning="whether the source flags the row as rework"),
    Column(name="planned_s", dtype=pl.Float64(), unit="s", meaning="planned duration, where the source states it"),
    Column(name="outcome", dtype=pl.String(), unit="", meaning="report type, result or reason code, as the source writes it"),
    Column(name="source", dtype=pl.String(), unit="", meaning="name of the file that the row came from"),
    Column(name="source_row", dtype=pl.Int64(), unit="", meaning="row in that file, counted as a spreadsheet does (header = 1); the first one where several rows make one record"),
    Column(name="faults", dtype=pl.List(pl.String()), unit="", meaning="codes of the faults that this row shows; empty where none"),
    Column(name="repaired", dtype=pl.List(pl.String()), unit="", meaning="columns of this row that were repaired; empty where none"),
)  # fmt: skip

OPERATION_SCHEMA: dict[str, pl.DataType] = {c.name: c.dtype for c in OPERATION_COLUMNS}


class Records(BaseModel):
    """What happened: a table of operation reports, real or simulated.

    ``operations`` has exactly the columns of ``OPERATION_COLUMNS``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    operations: pl.DataFrame

    @field_validator("operations")
    @classmethod
    def _check_schema(cls, operations: pl.DataFrame) -> pl.DataFrame:
        faults = []
        for name in operations.columns:
            if name not in OPERATION_SCHEMA:
                hint = did_you_mean(name, OPERATION_SCHEMA)
                faults.append(f"Column '{name}' is not a column of records.{hint}")
        for name, dtype in OPERATION_SCHEMA.items():
            if name not in operations.columns:
                faults.append(f"Column '{name}' ({dtype}) is missing.")
            elif operations.schema[name] != dtype:
                found = operations.schema[name]
                faults.append(f"Column '{name}' has type {found}, expected {dtype}.")
        if faults:
            raise RecordsError("Not a table of records:\n  " + "\n  ".join(faults))
        return operations.select(list(OPERATION_SCHEMA))

    @classmethod
    def from_columns(cls, frame: pl.DataFrame) -> "Records":
        """Return records of a table that has some of the columns; the others are empty.

        ``lot_id`` is filled from ``order_id``, ``kind`` with "run", ``faults``
        and ``repaired`` with empty lists. Types are converted strictly.

        Raises
        ------
        RecordsError
            If a column is unknown or cannot be converted.

        Examples
        --------
        >>> frame = pl.DataFrame({"order_id": ["A"], "operation": ["cut"]})
        >>> Records.from_columns(frame).operations["lot_id"].to_list()
        ['A']
        """
        unknown = [name for name in frame.columns if name not in OPERATION_SCHEMA]
        if unknown:
            hints = "".join(did_you_mean(name, OPERATION_SCHEMA) for name in unknown)
            raise RecordsError(f"Columns {unknown} are not columns of records.{hints}")
        filled = frame.with_columns(
            pl.lit(None, dtype=dtype).alias(name)
            for name, dtype in OPERATION_SCHEMA.items()
            if name not in frame.columns
        )
        try:
            typed = filled.select(
                pl.col(name).cast(dtype) for name, dtype in OPERATION_SCHEMA.items()
            )
        except pl.exceptions.PolarsError as error:
            raise RecordsError(f"A column of the records has the wrong type: {error}") from error
        return cls(
            operations=typed.with_columns(
                pl.col("lot_id").fill_null(pl.col("order_id")),
                pl.col("kind").fill_null("run"),
                pl.col("faults").fill_null([]),
                pl.col("repaired").fill_null([]),
            )
        )

    @property
    def n_rows(self) -> int:
        """Number of reports."""
        return self.operations.height


def read_records(path: Path | str) -> Records:
    """Read ``records.parquet`` of a plant folder.

    Raises
    ------
    RecordsError
        If the file is missing, is not Parquet, or has other columns.

    Examples
    --------
    >>> import tempfile
    >>> records = Records.from_columns(pl.DataFrame({"order_id": ["A"], "operation": ["cut"]}))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "records.parquet").write_bytes(records_bytes(records))
    ...     read_records(Path(folder) / "records.parquet").n_rows
    1
    """
    path = Path(path)
    if not path.is_file():
        raise RecordsError(
            f"There are no records at '{path}'. Give them first: zhizao drop FILE… --into {path.parent}"
        )
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise RecordsError(f"'{path}' is not a readable Parquet file: {error}") from error
    return Records(operations=frame)


def records_bytes(records: Records) -> bytes:
    """Return the records as the bytes of a Parquet file.

    Examples
    --------
    >>> records = Records.from_columns(pl.DataFrame({"order_id": ["A"], "operation": ["cut"]}))
    >>> records_bytes(records)[:4]
    b'PAR1'
    """
    buffer = BytesIO()
    records.operations.write_parquet(buffer, compression="zstd", compression_level=1)
    return buffer.getvalue()

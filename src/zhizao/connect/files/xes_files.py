"""XES event logs: streamed, one row an event, without entities.

The parser underneath is expat: a document type (and so every entity bomb) is
refused when it is declared.
"""

import gzip
import zlib
from collections.abc import Mapping
from pathlib import Path
from xml.parsers import expat

import polars as pl

from zhizao._base.errors import RecordsError
from zhizao.connect.files.raw import MAX_FILE_BYTES, RawTable, raw_table

_CHUNK_BYTES = 1024 * 1024
_ATTRIBUTES = frozenset({"string", "date", "int", "float", "boolean", "id"})


class _Events:
    """Collects events while the parser walks through the log."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.columns: dict[str, list[str | None]] = {}
        self.n_events = 0
        self._case: dict[str, str] = {}
        self._event: dict[str, str] | None = None
        self._path: list[str] = []

    def refuse_document_type(self, *_: object) -> None:
        raise RecordsError(
            f"'{self.name}' declares a document type (DTD), through which a file can blow up or reach other files. "
            "XES needs none: remove the <!DOCTYPE …> part."
        )

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        parent = self._path[-1] if self._path else ""
        self._path.append(tag)
        if len(self._path) == 1 and tag != "log":
            raise RecordsError(
                f"'{self.name}' is XML, but its root is <{tag}>; XES has <log>, an XML spreadsheet <Workbook>."
                " Export it as CSV, Excel, JSON or XES."
            )
        if tag == "trace":
            self._case = {}
        elif tag == "event":
            self._event = {}
        elif tag in _ATTRIBUTES and "key" in attributes:
            if parent == "event" and self._event is not None:
                self._event[attributes["key"]] = attributes.get("value", "")
            elif parent == "trace":
                self._case["case:" + attributes["key"]] = attributes.get("value", "")

    def end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        self._path.pop()
        if tag == "event" and self._event is not None:
            cells = {**self._case, **self._event}
            for key in cells.keys() - self.columns.keys():
                self.columns[key] = [None] * self.n_events
            for key, column in self.columns.items():
                column.append(cells.get(key))
            self.n_events += 1
            self._event = None


def read_xes(path: Path) -> RawTable:
    """Read an event log in XES, plain or gzipped; rows count events from 2.

    Attributes of the case get the prefix ``case:``. Row 2 is the first event,
    so that a number means the same as in a table with a header.

    Raises
    ------
    RecordsError
        If it is not well-formed XES, declares a document type, or unpacks to
        too much.
    """
    events = _Events(path.name)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = events.start
    parser.EndElementHandler = events.end
    parser.StartDoctypeDeclHandler = events.refuse_document_type
    parser.EntityDeclHandler = events.refuse_document_type
    n_bytes = 0
    try:
        with path.open("rb") as probe:
            zipped = probe.read(2) == b"\x1f\x8b"
        with gzip.open(path) if zipped else path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                n_bytes += len(chunk)
                if n_bytes > MAX_FILE_BYTES:
                    raise RecordsError(
                        f"'{path}' unpacks to more than {MAX_FILE_BYTES:,} bytes. Split it by time."
                    )
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise RecordsError(f"'{path}' is not well-formed XES: {error}. Export it again.") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise RecordsError(f"'{path}' is a damaged gzip file: {error}. Pack it again.") from error
    if events.n_events == 0:
        raise RecordsError(f"'{path}' is an XES log without events. Export the events too.")
    frame = pl.DataFrame(
        {key: pl.Series(key, column, dtype=pl.String) for key, column in events.columns.items()}
    )
    return raw_table(frame, name=path.name, first_row=2, described="XES")

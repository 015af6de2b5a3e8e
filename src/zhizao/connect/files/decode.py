"""Bytes to text: by its mark, as UTF-8, else in one of the older encodings; never half of each."""

import re

import numpy as np

from zhizao._base.errors import RecordsError
from zhizao.connect.files.encodings import legacy_encoding

HEAD_BYTES = 1024 * 1024
"""How much of a file is looked at before it is read as a whole."""

_NUL_SHARE = 0.2
"""In UTF-16 digits and delimiters have a NUL as their other byte, also in Chinese text."""


def utf16_without_mark(head: bytes) -> str | None:
    """Return the codec if nearly every second byte is NUL, as in UTF-16 without a mark."""
    pairs = np.frombuffer(head[: len(head) // 2 * 2], dtype=np.uint8).reshape(-1, 2)
    if len(pairs) == 0:
        return None
    zero = (pairs == 0).mean(axis=0)
    if zero[1] > _NUL_SHARE and zero[1] > 5 * zero[0]:
        return "utf-16-le"
    return "utf-16-be" if zero[0] > _NUL_SHARE and zero[0] > 5 * zero[1] else None


def decode(data: bytes, *, name: str) -> tuple[str, str]:
    """Return the text of some bytes and the name of their encoding.

    Examples
    --------
    >>> decode("工单号,设备".encode("gb18030"), name="a.csv")
    ('工单号,设备', 'gb18030')
    >>> decode("Operación,Máquina".encode("latin-1"), name="a.csv")[1]
    'cp1252'
    """
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            return _strict(data, encoding, name=name), encoding
    if unmarked := utf16_without_mark(data[:HEAD_BYTES]):
        return _strict(data, unmarked, name=name), unmarked
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        raise RecordsError(
            f"'{name}' has a NUL byte in line {line}, so it is not plain text. Export it again, or remove the NUL bytes."
        )
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        _refuse_broken_utf8(data, error, name=name)
    encoding = legacy_encoding(data)
    if encoding != "cp1252":
        return _strict(data, encoding, name=name), encoding
    try:
        return data.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def _strict(data: bytes, encoding: str, *, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise RecordsError(
            f"'{name}' looks like {encoding}, but byte {error.start + 1} (line {line}) does not fit that encoding. "
            "Export it again as UTF-8."
        ) from error


def _refuse_broken_utf8(data: bytes, error: UnicodeDecodeError, *, name: str) -> None:
    """Raise if the file is UTF-8 apart from a few bytes: reading it as another encoding garbles it."""
    text = data.decode("utf-8", errors="replace")
    n_broken = text.count("\ufffd")
    n_good = sum(map(len, re.findall(r"[^\x00-\x7f\ufffd]+", text)))
    if n_good > 4 * n_broken:
        line = data[: error.start].count(b"\n") + 1
        raise RecordsError(
            f"'{name}' is UTF-8 with {n_good:,} letters outside ASCII, but {n_broken:,} places do not fit, the first at "
            f"byte {error.start + 1} (line {line}): two encodings are mixed. Export it again as UTF-8."
        )

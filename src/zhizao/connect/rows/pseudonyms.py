"""Names of people become pseudonyms as soon as a file has been read.

A pseudonym is a keyed hash (HMAC-SHA-256, RFC 2104): the same person has the same
one in every file of a plant, and without the plant's key nobody can tell who it is
by hashing a list of names. The key stays in the plant folder.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import replace

import polars as pl

from zhizao._base.errors import InputError
from zhizao.connect.files.raw import RawTable
from zhizao.connect.mapping import TableMapping

KEY_FILE = "operator.key"
"""File of the plant folder with the key, as hexadecimal text."""

_AND = re.compile(r"[/;&+、\n]")
"""Signs between the people of one cell; a comma stands in 'Doe, John'."""

_KEY_BYTES = 32
_DIGITS = 8


def new_key() -> bytes:
    """Return a key for a plant that has none.

    Examples
    --------
    >>> len(new_key())
    32
    """
    return secrets.token_bytes(_KEY_BYTES)


def key_of_text(text: str, *, name: str) -> bytes:
    """Return the key that a plant's key file holds.

    Raises
    ------
    InputError
        If it is no key.

    Examples
    --------
    >>> key_of_text("00" * 32, name=KEY_FILE) == bytes(32)
    True
    """
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise InputError(
            f"'{name}' does not hold a key of {_KEY_BYTES} bytes in hexadecimal digits. Restore it "
            "from a copy of the plant folder; if there is none, delete it, and give all files "
            "again, since the pseudonyms of people will be new ones."
        )
    return key


def pseudonym(name: str, *, key: bytes) -> str:
    """Return the pseudonym of a person; of several in one cell, each one's, in a fixed order.

    Examples
    --------
    >>> pseudonym("Li Wei", key=bytes(32)) == pseudonym(" Li Wei", key=bytes(32))
    True
    """
    if len(people := [part for part in _AND.split(name) if part.strip()]) > 1:
        return " + ".join(sorted({pseudonym(person, key=key) for person in people}))
    digest = hmac.new(key, name.strip().encode(), hashlib.sha256).hexdigest()
    return f"op-{digest[:_DIGITS]}"


def with_pseudonyms(table: RawTable, how: TableMapping, *, key: bytes) -> RawTable:
    """Return a table in which the column of operators holds pseudonyms, before anything is made of it."""
    column = how.columns.get("operator")
    if column is None or column not in table.frame.columns:
        return table
    cells = table.frame[column]
    names = cells.cast(pl.String)
    if cells.dtype.is_float():  # an id that a spreadsheet keeps as a number: 4932.0
        names = names.str.strip_suffix(".0")
    known = {name: pseudonym(name, key=key) for name in names.drop_nulls().unique()}
    hidden = names.replace_strict(known, default=None, return_dtype=pl.String).alias(column)
    return replace(table, frame=table.frame.with_columns(hidden))

"""Records and order tables in: files, mapping, verdict on the data."""

from zhizao.connect.columns.guess import guess_mapping
from zhizao.connect.drop import Drop, drop_files, read_drop
from zhizao.connect.faults.judge import judge
from zhizao.connect.files.raw import RawTable
from zhizao.connect.mapping import Mapping, TableMapping
from zhizao.connect.mapping_toml import mapping_of_toml, mapping_toml, read_mapping
from zhizao.connect.read_table import read_table, read_tables
from zhizao.connect.rows.pseudonyms import KEY_FILE, key_of_text, new_key
from zhizao.connect.verdict import Example, Fault, Text, Verdict

__all__ = [
    "KEY_FILE",
    "Drop",
    "Example",
    "Fault",
    "Mapping",
    "RawTable",
    "TableMapping",
    "Text",
    "Verdict",
    "drop_files",
    "guess_mapping",
    "judge",
    "key_of_text",
    "mapping_of_toml",
    "mapping_toml",
    "new_key",
    "read_drop",
    "read_mapping",
    "read_table",
    "read_tables",
]

import gzip
from datetime import timedelta

import polars as pl
import pytest

from zhizao._base.errors import RecordsError
from zhizao.connect import read_drop, read_table

LOG = """<?xml version="1.0" encoding="UTF-8"?>
<log xmlns="http://www.xes-standard.org/">
  <string key="concept:name" value="plant"/>
  <trace>
    <string key="concept:name" value="order 1"/>
    <event><string key="concept:name" value="cut"/><string key="org:resource" value="M1"/>
      <string key="lifecycle:transition" value="start"/>
      <date key="time:timestamp" value="2024-01-01T08:00:00.000+08:00"/></event>
    <event><string key="concept:name" value="cut"/><string key="org:resource" value="M1"/>
      <string key="lifecycle:transition" value="complete"/>
      <date key="time:timestamp" value="2024-01-01T09:00:00.000+08:00"/></event>
    <event><string key="concept:name" value="weld &amp; grind"/>
      <string key="lifecycle:transition" value="start"/>
      <date key="time:timestamp" value="2024-01-01T10:00:00.000+08:00"/></event>
  </trace>
</log>
"""


@pytest.mark.parametrize("zipped", [False, True])
def test_events_of_a_log_become_operations(tmp_path, zipped):
    path = tmp_path / ("log.xes.gz" if zipped else "log.xes")
    path.write_bytes(gzip.compress(LOG.encode()) if zipped else LOG.encode())
    drop = read_drop([path])
    first, second = drop.records.operations.iter_rows(named=True)
    assert first["order_id"] == "order 1"
    assert first["end_at"] - first["start_at"] == timedelta(hours=1)
    assert first["start_at"].isoformat() == "2024-01-01T00:00:00+00:00"
    assert second["operation"] == "weld & grind"
    assert second["end_at"] is None
    assert drop.verdict.fault("missing_end").rows == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('<!DOCTYPE a [<!ENTITY b "c">]><log/>', "document type"),
        ('<?xml version="1.0"?><page/>', "root is <page>"),
        ('<?xml version="1.0"?><log><trace>', "not well-formed"),
        ('<?xml version="1.0"?><log></log>', "without events"),
    ],
)
def test_a_broken_log_says_why(tmp_path, text, says):
    path = tmp_path / "log.xes"
    path.write_text(text)
    with pytest.raises(RecordsError, match=says):
        read_table(path)


def test_half_a_gzip_file_is_refused(tmp_path):
    path = tmp_path / "log.xes.gz"
    path.write_bytes(gzip.compress(LOG.encode())[:60])
    with pytest.raises(RecordsError, match="damaged gzip"):
        read_table(path)


def test_parquet_keeps_its_types(tmp_path):
    path = tmp_path / "a.parquet"
    instant = pl.datetime_range(
        pl.datetime(2024, 1, 1), pl.datetime(2024, 1, 3), "1d", time_zone="UTC", eager=True
    )
    pl.DataFrame(
        {
            "order": [1, 2, 3],
            "operation": pl.Series(["cut", "cut", "bend"], dtype=pl.Categorical),
            "start": instant,
            "end": instant.dt.offset_by("1h"),
            "nested": [[1], [2], [3]],
        }
    ).write_parquet(path)
    operations = read_drop([path], time_zone="Asia/Shanghai").records.operations
    assert operations["start_at"].to_list() == instant.to_list()
    assert operations["order_id"].to_list() == ["1", "2", "3"]


def test_a_broken_parquet_file_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 and nothing more")
    with pytest.raises(RecordsError, match="not a readable Parquet"):
        read_table(path)

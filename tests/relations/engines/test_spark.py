# SPDX-License-Identifier: Apache-2.0
"""Spark alone: its terminal, its masters, and two executors in processes of their own.

Each test starts a process: a Spark context is one to a process, and the engine fixture may hold it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.spark, pytest.mark.slow, pytest.mark.timeout(600)]

QUIET = """
from pathlib import Path
import pyarrow as pa
from swarmwitness.relations.engine import collect, engine_of
from swarmwitness.relations.schema import schema
from swarmwitness.terms import InputError
engine = engine_of("spark", jobs=2, memory_mib=1024)
second = engine_of("spark")
empty = pa.table({"n": pa.array([], pa.int64())})
table = pa.concat_tables([pa.table({"n": [2]}), empty, pa.table({"n": [1]})])
second.store(second.table(table), Path("t.parquet"))
second.close()
assert engine.n_rows("t.parquet") == 2
assert collect(engine, engine.scan("t.parquet"), schema(n="int"), ["n"]).column(0).to_pylist() == [1, 2]
try:
    engine_of("spark", spark_master="local[7]")
except InputError as error:
    assert "already" in str(error)
else:
    raise AssertionError("two masters in one process")
engine.close()
"""
CLUSTER = """
import sys
from pathlib import Path
from swarmwitness.lab.equality import compare
folder = Path(sys.argv[1])
lines = compare(3000, ["duckdb", "spark"], 5, folder, spark_master="local-cluster[2,1,1024]")
for line in lines:
    assert not line.difference, str(line)
print(len(lines))
"""


def started(program: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=580, check=False)


def test_it_says_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    done = started(QUIET, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [path.name for path in tmp_path.iterdir()] == ["t.parquet"]


def test_two_executors_of_their_own_give_the_same_tables(tmp_path: Path) -> None:
    done = started(CLUSTER, str(tmp_path), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 10

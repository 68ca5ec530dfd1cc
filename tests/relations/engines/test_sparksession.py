# SPDX-License-Identifier: Apache-2.0
"""How a session is asked for, and what is said where there is none. Java is not needed here."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from swarmwitness.relations import engine_of
from swarmwitness.relations.engines.sparksession import Wanted
from swarmwitness.terms import InputError

needs_pyspark = pytest.mark.skipif(importlib.util.find_spec("pyspark") is None, reason="PySpark is not here")


@pytest.mark.parametrize(
    ("master", "told", "local"),
    [
        ("", "local[3]", True),
        ("local[*]", "local[3]", True),
        ("local[8]", "local[8]", True),
        ("local-cluster[2,1,1024]", "local-cluster[2,1,1024]", True),
        ("spark://192.0.2.1:7077", "spark://192.0.2.1:7077", False),
        ("yarn", "yarn", False),
    ],
)
def test_masters(tmp_path: Path, master: str, told: str, local: bool) -> None:
    wanted = Wanted(master, 3, 1024, tmp_path)
    assert (wanted.spark_master, wanted.is_local) == (told, local)


@needs_pyspark
def test_no_java_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyspark import SparkContext

    monkeypatch.setattr(SparkContext, "_active_spark_context", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(
        InputError, match=r"no Java is here: the engine spark needs PySpark 4 .* Java 17"
    ) as said:
        engine_of("spark")
    assert "\n" not in str(said.value)


@needs_pyspark
def test_a_java_that_does_not_come_up_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyspark import SparkContext

    monkeypatch.setattr(SparkContext, "_active_spark_context", None)
    monkeypatch.setattr(SparkContext, "_gateway", None)
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho java.lang.UnsupportedClassVersionError: 61.0 >&2\nexit 1\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(InputError, match="Java is too old: the engine spark needs"):
        engine_of("spark")

# SPDX-License-Identifier: Apache-2.0
"""A Spark session that answers as the other engines do, and that says nothing on the terminal.

Theory of operation. A process has one Spark context at most, and one Java machine under it, which
outlives the context. What is started here is stopped here; a context that was there before (a
notebook's, another engine's) is joined and left alone. Java's standard streams go to a file in
the engine's own folder, for its first lines come before any logging is set up; if Java does not come
up, the reason is looked for there.

Settings that decide answers (`_ANSWERS`) hold on every master. Those of resources (`_of_local`) are
for local masters alone: a cluster has its own in spark-defaults.conf.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swarmwitness.terms import InputError

if TYPE_CHECKING:
    from pyspark import SparkConf
    from pyspark.sql import SparkSession

INSTALL = "needs PySpark 4 (pip install 'swarmwitness[spark]') and Java 17 or newer (PATH or JAVA_HOME)"
_LOG = "spark.log"
_ANSWERS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "true",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # Else Spark writes times as INT96, a type that others read as nanoseconds.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.adaptive.enabled": "true",
    # What leaves a kernel is collected by us and bounded there.
    "spark.driver.maxResultSize": "0",
    "spark.ui.showConsoleProgress": "false",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a session.

    Attributes:
        master: As Spark writes masters; '' = this machine with `jobs` threads.
        memory_mib: Heap of the driver, which on a local master does all the work.
        scratch: Folder of our own for logs and spills.
    """

    master: str
    jobs: int
    memory_mib: int
    scratch: Path

    @property
    def is_local(self) -> bool:
        """Whether all of it runs on this machine."""
        return not self.master or self.master.startswith("local")

    @property
    def spark_master(self) -> str:
        """The master in Spark's words; `local[*]` means no more threads than `jobs`."""
        return f"local[{self.jobs}]" if self.master in ("", "local[*]") else self.master


def session_of(wanted: Wanted) -> tuple[SparkSession, bool]:
    """A session, and whether it was started here.

    Raises:
        InputError: PySpark or Java is missing, or the master cannot be had; one line says what.
    """
    try:
        from pyspark import SparkConf, SparkContext
        from pyspark.sql import SparkSession
    except ImportError:
        raise InputError(f"the engine spark {INSTALL}", field="engine") from None
    running: Any = SparkContext._active_spark_context
    if running is not None:
        return _joined(SparkSession(running).newSession(), wanted), False
    _find_java()
    conf = _configured(SparkConf(), wanted)
    try:
        context = SparkContext(conf=conf, gateway=_gateway(conf, wanted.scratch / _LOG))
    except Exception as error:  # noqa: BLE001 - Java's own classes, known only while it runs
        raise InputError(_why(error, wanted), field="engine") from None
    return SparkSession(context), True


def _joined(session: SparkSession, wanted: Wanted) -> SparkSession:
    """A session of a context that is there already, with our settings of answers."""
    master = session.sparkContext.master
    if wanted.master and wanted.spark_master != master:
        raise InputError(f"Spark runs in this process on {master!r} already", field="spark_master")
    for name, value in _ANSWERS.items():
        if name.startswith("spark.sql."):
            session.conf.set(name, value)
    return session


def _configured(conf: SparkConf, wanted: Wanted) -> SparkConf:
    settings = {**_ANSWERS, "spark.app.name": "swarmwitness", "spark.master": wanted.spark_master}
    settings |= {"spark.ui.enabled": "false", "spark.driver.memory": f"{wanted.memory_mib}m"}
    if wanted.is_local:
        settings |= _of_local(wanted)
    for name, value in settings.items():
        conf.set(name, value)
    return conf


def _of_local(wanted: Wanted) -> dict[str, str]:
    """Bound to the loopback; nothing in the folder that we were started in."""
    return {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        # Each holds a share of the heap; the adaptive plan joins the small ones.
        "spark.sql.shuffle.partitions": str(max(4, 2 * wanted.jobs)),
        "spark.local.dir": str(wanted.scratch / "local"),
        "spark.sql.warehouse.dir": str(wanted.scratch / "warehouse"),
        "spark.driver.extraJavaOptions": "-Duser.timezone=UTC",
    }


def _find_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if not (home and Path(home, "bin", "java").exists()) and shutil.which("java") is None:
        raise InputError(f"no Java is here: the engine spark {INSTALL}", field="engine")


def _gateway(conf: SparkConf, log: Path) -> Any:
    """The way to Java; one machine serves all sessions of a process."""
    from pyspark import SparkContext
    from pyspark.java_gateway import launch_gateway

    there: Any = SparkContext._gateway
    if there is not None:
        return there
    launch: Any = launch_gateway
    with log.open("ab") as stream:
        return launch(conf, {"stdout": stream, "stderr": subprocess.STDOUT})


def _why(error: Exception, wanted: Wanted) -> str:
    """One line for a person: what Java or Spark said first."""
    log = wanted.scratch / _LOG
    told = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    if "UnsupportedClassVersionError" in told:
        return f"Java is too old: the engine spark {INSTALL}"
    said = [line for line in (*str(error).splitlines(), *told.splitlines()) if "Exception" in line]
    reason = (said or str(error).splitlines() or [type(error).__name__])[0].strip()[:300]
    return f"Spark does not start on {wanted.spark_master!r}: {reason}"

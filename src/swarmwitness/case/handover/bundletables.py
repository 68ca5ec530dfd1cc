# SPDX-License-Identifier: Apache-2.0
"""The tables of a bundle: rows of the chosen exhibits, the acts, results of a run. Pseudonyms alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from swarmwitness.case.custody.history import ActRow
from swarmwitness.case.custody.selecting import exhibits_of
from swarmwitness.case.files import read_regular, shown
from swarmwitness.case.folder import CaseLog
from swarmwitness.case.handover.cells import csv_bytes, sighting_cell
from swarmwitness.case.pseudonyms import Pseudonyms
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.observation import Replayer
from swarmwitness.terms import InputError
from swarmwitness.terms.columns import SIGHTINGS
from swarmwitness.terms.sighting import Sighting

MAX_FINDINGS = 256 * 1024 * 1024
MAX_TOLD = 20
"""So many findings are named to who asked for one that is not there."""
ACT_COLUMNS = ("log", "index", "when", "act", "who", "how", "on", "why", "result")
_PARTS = re.compile(r"\d+|\D+")


def rows_csv(logs: Iterable[tuple[CaseLog, str, Ranges]], pseudonyms: Pseudonyms) -> bytes:
    """sightings.csv: the rows whose exhibit is chosen, with pseudonyms in the place of addresses.

    Args:
        logs: (log, origin, chosen exhibits).
    """
    columns = [column.name for column in SIGHTINGS]
    return csv_bytes(columns, (_row(row, columns, pseudonyms) for row in _rows(logs)))


def _rows(logs: Iterable[tuple[CaseLog, str, Ranges]]) -> Iterator[Sighting]:
    for log, origin, chosen in logs:
        replayer = Replayer(origin)
        for index, exhibit in exhibits_of(log):
            yield from _cited(replayer.feed(index, exhibit), chosen)
        yield from _cited(replayer.finish(), chosen)


def _cited(rows: Iterable[Sighting], chosen: Ranges) -> Iterator[Sighting]:
    return (row for row in rows if int(str(row.exhibit).rpartition("/")[2]) in chosen)


def _row(row: Sighting, columns: list[str], pseudonyms: Pseudonyms) -> list[object]:
    return [sighting_cell(name, getattr(row, name), row.ip, pseudonyms) for name in columns]


def custody_csv(acts: Iterable[ActRow], pseudonyms: Pseudonyms) -> bytes:
    """custody.csv: one line per act; objects as JSON. When a log was sealed stands in its own acts."""
    return csv_bytes(ACT_COLUMNS, (_act(act, pseudonyms) for act in acts if act.act != "log-sealed"))


def _act(act: ActRow, pseudonyms: Pseudonyms) -> list[object]:
    told = [act.log, act.index, act.at.to_text(), act.act, act.who, act.how, act.on, act.why, act.result]
    clean = (pseudonyms.scrub_all(value) for value in told)
    return [_plain(value) if isinstance(value, dict | list) else value for value in clean]


def results(
    run: Path, findings: tuple[str, ...], within: Callable[[str], bool], pseudonyms: Pseudonyms
) -> dict[str, bytes]:
    """findings.json and support.csv of a run, restricted to some findings and to chosen exhibits.

    Args:
        findings: Their ids; () = all.
        within: Whether a reference (`log:ORIGIN/INDEX`, `file:SHA256#ROW`) is in the bundle.

    Raises:
        InputError: no run's folder, or no such finding.
    """
    document = read_findings(run)
    known = {str(finding.get("id")): finding for finding in document["findings"]}
    for name in findings:
        if name not in known:
            raise InputError(f"no finding {name!r}", file=shown(run / "findings.json"), field="--finding")
    kept = [known[name] for name in findings] or list(known.values())
    scrub = pseudonyms.scrub  # the id of a finding bears names of sets
    clean = pseudonyms.scrub_all({**document, "findings": kept})
    text = json.dumps(clean, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    ids = {str(finding.get("id")) for finding in kept}
    support = [(scrub(str(i)), n, ref) for i, n, ref in _support(run, ids) if within(str(ref))]
    return {
        "data/results/findings.json": text.encode(),
        "data/results/support.csv": csv_bytes(("finding_id", "count_index", "exhibit"), support),
    }


def read_findings(run: Path) -> dict[str, list[dict[str, object]]]:
    """findings.json of a run.

    Raises:
        InputError: there is none that can be read.
    """
    file = run / "findings.json"
    try:
        document = json.loads(read_regular(file, MAX_FINDINGS, "--run"))
    except (ValueError, RecursionError):
        raise InputError("is no JSON", file=shown(file), field="--run") from None
    if not isinstance(document, dict) or not isinstance(document.get("findings"), list):
        raise InputError("holds no findings", file=shown(file), field="--run")
    return document


def support_of(run: Path, finding: str) -> list[str]:
    """Every exhibit behind every count of a finding.

    Raises:
        InputError: no run's folder, or no such finding.
    """
    known = {str(each.get("id")) for each in read_findings(run)["findings"]}
    if finding not in known:
        raise InputError(f"no finding {finding!r}; there are: {_told(known)}", field="--finding")
    return [str(row[2]) for row in _support(run, {finding})]


def _told(ids: set[str]) -> str:
    """The ids as people count, Q2 before Q10; of many the first, and how many more."""
    ordered = sorted(ids, key=lambda each: [_padded(part) for part in _PARTS.findall(each)])
    more = f", and {len(ordered) - MAX_TOLD} more" if len(ordered) > MAX_TOLD else ""
    return ", ".join(ordered[:MAX_TOLD]) + more


def _padded(part: str) -> str:
    return part.zfill(9) if part.isdigit() else part


def _support(run: Path, ids: set[str]) -> Iterator[tuple[object, object, object]]:
    file = run / "support.parquet"
    try:
        with pq.ParquetFile(file) as parquet:
            for batch in parquet.iter_batches(columns=["finding_id", "count_index", "exhibit"]):
                mask = pc.is_in(batch.column("finding_id"), value_set=pa.array(sorted(ids), pa.string()))
                for row in batch.filter(mask).to_pylist():
                    yield row["finding_id"], row["count_index"], row["exhibit"]
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"can't be read: {error}", file=shown(file), field="--run") from None


def _plain(value: Mapping[str, object] | list[object]) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":")) if value else ""

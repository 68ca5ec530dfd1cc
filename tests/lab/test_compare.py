# SPDX-License-Identifier: Apache-2.0
"""Each claim of the demonstration fails when the opposite is true."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from swarmwitness.case.logs.verdict import CaseVerdict, LogVerdict
from swarmwitness.case.run import RunSummary
from swarmwitness.evidence import VerifyReport
from swarmwitness.lab.compare import Compared, compare_counts, compare_lab
from swarmwitness.lab.truth import LabTruth, Player
from swarmwitness.lab.uploaded import Sent

HELD = ((1, "aa", 1), (2, "aa", 2))
TRUTH = LabTruth(
    observer="o",
    players=(
        Player("seed", "s", ((1, "aa", 9),), sent_to_observer_bytes=100),
        Player("leecher", "l", HELD),
        Player("nobody", "n"),
        Player("printer", "p"),
    ),
    captured={"o": Sent(peer_streams=2), "s": Sent(piece_bytes=50)},
    capture_drops=0,
)
LEASES = {"s": (7, False, 100), "l": (4, True, 0), "n": (0, False, 0), "p": (1, False, 0)}
FORGED = {"set": "forged", "scope": "case", "rung_min": 3, "works": 0}
VERIFIED = CaseVerdict((LogVerdict("evidence", VerifyReport("origin", 5, "", 0, (), (), 0, ())),))


def ran(
    folder: Path, leases: dict[str, tuple[int, bool, int]], counts: list[dict[str, object]]
) -> RunSummary:
    """A run that wrote these leases and counts."""
    rows = [
        {"ip": ip, "max_rung": rung, "progressed": grew, "given_bytes": given}
        for ip, (rung, grew, given) in leases.items()
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "leases.parquet")
    findings: dict[str, object] = {
        "findings": [{"question": 1, "counts": counts}, {"question": 2, "counts": []}]
    }
    return RunSummary("lab", folder, findings, (), 3, (), {})


def failed(rows: tuple[Compared, ...]) -> list[str]:
    """The claims that did not hold."""
    return [row.claim for row in rows if not row.ok]


def test_all_is_well(tmp_path: Path) -> None:
    rows = compare_lab(TRUTH, ran(tmp_path, LEASES, [FORGED]), VERIFIED)
    assert failed(rows) == []
    assert len(rows) == 11


@pytest.mark.parametrize(
    ("ip", "lease", "claim"),
    [
        ("s", (6, False, 100), "seeds that gave a verified piece (rung 7)"),
        ("s", (7, False, 101), "bytes from seeds"),
        ("s", (7, True, 100), "seeds seen to acquire"),
        ("l", (3, False, 0), "leechers seen to acquire (rung 4)"),
        ("n", (1, False, 0), "a forged address"),
        ("n", (0, True, 0), "a forged address"),
        ("p", (2, False, 0), "an innocent device, named by a forger"),
    ],
)
def test_a_wrong_lease_is_noticed(tmp_path: Path, ip: str, lease: tuple[int, bool, int], claim: str) -> None:
    rows = compare_lab(TRUTH, ran(tmp_path, LEASES | {ip: lease}, [FORGED]), VERIFIED)
    assert failed(rows) == [claim]


def test_an_unlisted_forgery_proves_nothing(tmp_path: Path) -> None:
    leases = {ip: lease for ip, lease in LEASES.items() if ip != "n"}
    assert failed(compare_lab(TRUTH, ran(tmp_path, leases, [FORGED]), VERIFIED)) == ["a forged address"]


def test_an_accused_innocent_is_noticed(tmp_path: Path) -> None:
    rows = compare_lab(TRUTH, ran(tmp_path, LEASES, [FORGED | {"works": 1}]), VERIFIED)
    assert failed(rows) == ["forged addresses in counts from rung 3"]


def test_an_upload_is_noticed_by_counters_and_by_packets(tmp_path: Path) -> None:
    run = ran(tmp_path, LEASES, [FORGED])
    took = replace(TRUTH.players[1], got_from_observer_bytes=1)
    by_counters = replace(TRUTH, players=(TRUTH.players[0], took, *TRUTH.players[2:]))
    assert failed(compare_lab(by_counters, run, VERIFIED)) == [
        "bytes of works from the observer, by the clients' counters"
    ]
    for sent, drops in ((Sent(piece_bytes=1, peer_streams=1), 0), (Sent(opaque_bytes=1, peer_streams=1), 0),
                        (Sent(), 0), (Sent(peer_streams=1), 4)):  # fmt: skip
        truth = replace(TRUTH, captured={"o": sent, "s": Sent(piece_bytes=5)}, capture_drops=drops)
        assert failed(compare_lab(truth, run, VERIFIED)) == [
            "bytes of works from the observer, by the packets"
        ]
    blind = replace(TRUTH, captured={"o": Sent(peer_streams=1), "s": Sent()})
    assert failed(compare_lab(blind, run, VERIFIED)) == ["the same of the seeds (positive control)"]


def test_counts_are_compared_line_by_line(tmp_path: Path) -> None:
    sets = ("alleged", "corporate", "hidden", "home")
    lines: list[dict[str, object]] = [
        {"set": name, "scope": "case", "rung_min": rung, "works": 9 - rung, "downloads": 8,
         "addresses": 7, "sightings": 6}
        for name in sets for rung in (0, 4)
    ]  # fmt: skip
    told = {"counts": lines, "rejected": [{}, {}, {}]}
    (tmp_path / "counts.json").write_text(json.dumps(told))
    assert failed(compare_counts(tmp_path, ran(tmp_path, {"x": (0, False, 0)}, lines))) == []
    wrong = [*lines[:-1], lines[-1] | {"downloads": 9}]
    assert failed(compare_counts(tmp_path, ran(tmp_path, {"x": (0, False, 0)}, wrong))) == [
        "all counts by set, scope and rung"
    ]
    (tmp_path / "counts.json").write_text(json.dumps(told | {"rejected": []}))
    run = ran(tmp_path, {"x": (0, False, 0)}, lines)
    assert failed(compare_counts(tmp_path, run)) == ["malformed rows refused"]

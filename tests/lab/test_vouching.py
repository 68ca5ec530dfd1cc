# SPDX-License-Identifier: Apache-2.0
"""The laboratory's authority and witness, on loopback: named in a case, listening, and believed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from swarmwitness.case.config import read_config
from swarmwitness.case.create import create
from swarmwitness.case.logs.publishing import publish_case, vouchers_of
from swarmwitness.case.logs.verification import verify
from swarmwitness.lab.compare import compare_published
from swarmwitness.lab.stage import Stage
from swarmwitness.lab.vouching import Vouching

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="`openssl` is not installed")
LOOPBACK = Stage((), "127.18")


def test_a_case_is_published_and_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWARMWITNESS_HOME", str(tmp_path / "home"))
    case = create(tmp_path / "case", name="case", synthetic=True).root
    vouching = Vouching.make(tmp_path / "vouching", LOOPBACK)
    assert vouching is not None
    vouching.name_in(case)
    named = vouchers_of(read_config(case).time)
    assert named.authority == "http://127.18.9.10:3161/tsa"
    assert named.witnesses == (("http://127.18.9.11:3162", vouching.witness.key),)
    assert [row.ok for row in compare_published(verify(case, trust=vouching.trust))] == [False, False]
    with vouching.serving(case):
        publish_case(case)
    rows = compare_published(verify(case, trust=vouching.trust))
    assert [row.ok for row in rows] == [True, True]
    assert rows[0].claim == "exhibits of evidence/ below a time-stamp token and a cosignature"
    assert "accepted by rfc3161-client and openssl; cosigned by witness.example/laboratory" in rows[0].found
    # Without their keys from another source the same evidence shows less.
    assert [row.ok for row in compare_published(verify(case))] == [False, False]


def test_those_that_were_made_are_found_again(tmp_path: Path) -> None:
    assert Vouching.at(tmp_path / "none", LOOPBACK) is None
    made = Vouching.make(tmp_path / "made", LOOPBACK)
    assert Vouching.at(tmp_path / "made", LOOPBACK) == made


def test_without_openssl_nobody_vouches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Vouching.make(tmp_path / "made", LOOPBACK) is None
    assert not (tmp_path / "made").exists()

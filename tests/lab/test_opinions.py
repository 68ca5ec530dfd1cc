# SPDX-License-Identifier: Apache-2.0
"""Both verifiers are asked of a bundle that a release left, whole and with a changed byte."""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path

import pytest

from swarmwitness.evidence import VerifyKey
from swarmwitness.evidence.time import Trust
from swarmwitness.lab.opinions import Known, Opinion, accepted, opinions, refused
from swarmwitness.terms import InputError

VINTAGE = Path(__file__).parents[1] / "vintage" / "0.2.0.tar.gz"
both = pytest.mark.skipif(shutil.which("openssl") is None, reason="`openssl` is not installed")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vintage")
    with tarfile.open(VINTAGE) as tar:
        tar.extractall(folder, filter="data")
    return folder / "bundle"


@pytest.fixture(scope="module")
def known() -> Known:
    told = json.loads(VINTAGE.with_name("0.2.0.json").read_text())
    trust = Trust(told["roots"].encode(), (told["witness"],))
    return Known(VerifyKey.from_text(told["keys"]["evidence"]), trust)


@both
def test_both_accept_and_both_refuse(bundle: Path, known: Known) -> None:
    whole = accepted("whole", bundle, known)
    assert whole.ok
    assert whole.found == "ours: 13 of 13 checks passed; standalone: 13 of 13 checks passed"
    file = next(bundle.glob("data/logs/*/exhibits/*.exhibit")).relative_to(bundle)
    changed = refused("changed", bundle, file, known)
    assert changed.ok
    assert changed.found.count("manifest_differs") == 2
    assert accepted("whole", bundle, known).ok, "only a copy was changed"
    assert not refused("unchanged", bundle, file, Known(known.key, Trust())).found.startswith("ours: 13")


@both
def test_both_are_told_what_is_known(bundle: Path, known: Known) -> None:
    other = VerifyKey(known.key.name, bytes(31) + b"\x01")
    said = opinions(bundle, Known(other, known.trust))
    assert [each.by for each in said] == ["ours", "standalone"]
    assert not any(each.ok for each in said)
    assert said[0].reasons == said[1].reasons
    assert all(each.ok for each in opinions(bundle, Known(known.key)))


def test_without_the_command_ours_is_asked_alone(
    bundle: Path, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert [each.by for each in opinions(bundle, known)] == ["ours"]
    assert accepted("alone", bundle, known).expected == "accepted by our verifier"


@both
def test_a_verifier_that_says_nothing_is_no_opinion(bundle: Path, known: Known, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(bundle, tmp_path / "copy"))
    (copy / "data" / "verify_standalone.py").write_text("raise SystemExit('no')\n")
    with pytest.raises(InputError, match="without a word"):
        opinions(copy, known)


def test_no_check_asked_is_no_acceptance() -> None:
    assert not Opinion("ours", 0, 0, ()).ok
    assert not Opinion("ours", 3, 4, ()).ok

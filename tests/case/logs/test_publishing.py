# SPDX-License-Identifier: Apache-2.0
"""Publishing a case: its own logs, asked about for real."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.case import home
from swarmwitness.case.config import TimeConfig, read_config
from swarmwitness.case.create import create
from swarmwitness.case.custody.history import read_acts
from swarmwitness.case.logs.publishing import OWN_LOGS, publish, publish_case, vouchers_of
from swarmwitness.evidence import EvidenceLog, VerifyKey, verify
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.evidence.time import Trust, WitnessKey
from swarmwitness.lab.authority import Authority
from swarmwitness.lab.witness import Witness
from swarmwitness.terms import InputError
from swarmwitness.vantage import Clock, Entropy

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="`openssl` is not installed")
KEY = WitnessKey.of("witness.example/w1", Ed25519PrivateKey.from_private_bytes(b"w" * 32))


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    with Authority.start(tmp_path / "authority") as serving:
        yield serving


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return create(tmp_path / "case", name="case", synthetic=True).root


def key_of(directory: Path) -> VerifyKey:
    return VerifyKey.from_text((directory / "log.vkey").read_text().removesuffix("\n"))


def put_time(case: Path, authority: Authority, *witnesses: str) -> None:
    """Name them in case.toml, the root beside it."""
    (case / "tsa.pem").write_bytes(authority.roots_pem)
    listed = ", ".join(f'"{witness}"' for witness in witnesses)
    text = f'\n[time]\nauthority = "{authority.url}"\ncertificate = "tsa.pem"\nwitnesses = [{listed}]\n'
    with (case / "case.toml").open("a") as out:
        out.write(text)


def test_each_log_of_the_case_is_published(case: Path, authority: Authority, tmp_path: Path) -> None:
    logs = [case / name for name in OWN_LOGS]
    witness = Witness.make(tmp_path / "witness")
    with witness.serving([key_of(log) for log in logs]) as serving:
        put_time(case, authority, f"{serving.url} {witness.key.to_text()}")
        said = publish_case(case)
    assert [each.origin for each in said] == [read_checkpoint(log).origin for log in logs]
    trust = Trust(authority.roots_pem, (witness.key.to_text(),))
    for each, log in zip(said, logs, strict=True):
        assert (each.stamped, each.witnesses, each.absent) == (True, (witness.name,), ())
        report = verify(log, trust=trust)
        assert report.ok, report.failures
        assert report.assurance is not None
        assert report.assurance.published == each.size
        assert report.assurance.cosignatures[0].known
        kept = home.checkpoint_file(each.origin).read_bytes()
        assert kept == (log / "checkpoint").read_bytes()
    rows = [row for row in read_acts(case) if row.kind != "act"]
    assert len(rows) == 4
    for row in rows:
        stamped = row.kind == "time"
        assert row.act == ("timestamped" if stamped else "cosigned")
        assert row.who == ("CN=Laboratory time authority,O=Laboratory" if stamped else witness.name)
        assert row.on in [{"size": each.size} for each in said]
        assert str(row.result)[:12] == "{'time': '20"


def test_a_log_that_is_open_is_published_where_it_stands(case: Path, authority: Authority) -> None:
    directory = case / "evidence"
    key = home.signing_key(read_checkpoint(directory).origin, make=False)
    time = TimeConfig(authority=authority.url, certificate=authority.roots_pem)
    with EvidenceLog.open(directory, key=key, salt=Entropy().draw) as log:
        said = publish(log, directory, time, Clock(), Entropy())
        assert said.token is not None
        assert log.size == read_checkpoint(directory).size == said.size + 2
    assert verify(directory).ok


def test_an_authority_that_is_down_is_an_act_and_no_error(case: Path, authority: Authority) -> None:
    put_time(case, replace(authority, url="http://127.0.0.1:9/"))
    for each in publish_case(case):
        assert each.absent == ("time from http://127.0.0.1:9/: refused",)
    report = verify(case / "evidence")
    assert report.ok
    assert report.assurance is not None
    assert report.assurance.published == 0


def test_a_case_that_names_nobody_is_not_published(case: Path) -> None:
    before = read_checkpoint(case / "evidence").size
    with pytest.raises(InputError, match="neither an authority nor a witness"):
        publish_case(case)
    assert read_checkpoint(case / "evidence").size == before


def test_a_case_without_logs_says_so(case: Path, authority: Authority) -> None:
    put_time(case, authority)
    for name in OWN_LOGS:
        shutil.rmtree(case / name)
    with pytest.raises(InputError, match="has no log"):
        publish_case(case)


def test_a_log_with_a_writer_is_left_alone(case: Path, authority: Authority) -> None:
    put_time(case, authority)
    directory = case / "evidence"
    key = home.signing_key(read_checkpoint(directory).origin, make=False)
    with (
        EvidenceLog.open(directory, key=key, salt=Entropy().draw),
        pytest.raises(InputError, match="another process"),
    ):
        publish_case(case)


def test_witnesses_are_named_by_url_and_key(case: Path) -> None:
    assert read_config(case).time == TimeConfig()
    named = vouchers_of(TimeConfig("u", b"pem", (f"https://w.example/x {KEY.to_text()}",)))
    assert (named.authority, named.roots) == ("u", b"pem")
    assert named.witnesses == (("https://w.example/x", KEY),)


@pytest.mark.parametrize("text", ["", "https://w.example", "https://w.example key", KEY.to_text()])
def test_a_witness_without_its_key_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="its URL, a blank and its key") as refused:
        vouchers_of(TimeConfig(witnesses=(text,)))
    assert refused.value.field == "time.witnesses"

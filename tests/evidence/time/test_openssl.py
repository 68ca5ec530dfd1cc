# SPDX-License-Identifier: Apache-2.0
"""The command as a second opinion: asked for real, missing, hanging, of another mind."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmwitness.evidence.time import openssl
from swarmwitness.evidence.time.openssl import Opinion, opinion
from swarmwitness.evidence.time.query import Query
from swarmwitness.lab.authority import Authority

QUERY = Query.about(b"message", b"12345678").to_wire()


def put_command(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program of this name, found first."""
    command = folder / "openssl"
    command.write_text(f"#!/bin/sh\n{text}\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_it_accepts_what_it_made_and_no_other(authority: Authority, other_authority: Authority) -> None:
    reply = authority.reply(QUERY)
    now = 1_800_000_000
    roots = authority.roots_pem
    assert opinion(query=QUERY, reply=reply, roots=roots, at_s=now).accepts is True
    other = Query.about(b"message", b"87654321").to_wire()
    assert opinion(query=other, reply=reply, roots=roots, at_s=now).accepts is False
    refused = opinion(query=QUERY, reply=reply, roots=other_authority.roots_pem, at_s=now)
    assert refused.accepts is False
    assert "certificate verify error" in refused.why
    assert opinion(query=QUERY, reply=reply, roots=b"", at_s=now).accepts is False


def test_its_instant_is_the_one_given(authority: Authority) -> None:
    reply = authority.reply(QUERY)
    early = opinion(query=QUERY, reply=reply, roots=authority.roots_pem, at_s=1_000_000_000)
    assert early.accepts is False
    assert "not yet valid" in early.why


def test_the_configuration_of_the_machine_is_not_read(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.cnf"
    broken.write_text("[[[")
    monkeypatch.setenv("OPENSSL_CONF", str(broken))
    reply = (authority.folder / "tsa.pem").read_bytes()
    found = opinion(query=QUERY, reply=reply, roots=authority.roots_pem, at_s=1_800_000_000)
    assert found.accepts is False
    assert "broken.cnf" not in found.why


def test_a_command_that_is_not_there_has_no_opinion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert opinion(query=QUERY, reply=b"", roots=b"", at_s=0) == Opinion(
        None, "the command `openssl` is not installed"
    )


def test_a_command_that_hangs_has_none_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_command(tmp_path, "exec /bin/sleep 30", monkeypatch)
    monkeypatch.setattr(openssl, "LIMIT_S", 0.3)
    found = opinion(query=QUERY, reply=b"", roots=b"", at_s=0)
    assert found.accepts is None
    assert "did not answer" in found.why


def test_a_command_that_cannot_be_run_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = tmp_path / "openssl"
    command.write_bytes(b"\x7fELF nonsense")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = opinion(query=QUERY, reply=b"", roots=b"", at_s=0)
    assert found.accepts is None
    assert "could not be run" in found.why


def test_its_reason_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_command(tmp_path, "printf ':error:%10000s' x >&2; exit 1", monkeypatch)
    found = opinion(query=QUERY, reply=b"", roots=b"", at_s=0)
    assert found.accepts is False
    assert len(found.why) <= 300

# SPDX-License-Identifier: Apache-2.0
"""Weighing real statements in real logs: what holds, what is late, what is forged."""

from __future__ import annotations

import base64
import json
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import Direction, EvidenceLog, Exhibit, VerifyReport, read, verify
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.proofs import ProofMaker
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.evidence.statement import Statement
from swarmwitness.evidence.time import Assurance, Timestamped, Trust, WitnessKey, weigh
from swarmwitness.evidence.verdict import Findings
from swarmwitness.lab.authority import Authority
from swarmwitness.terms import Instant, MalformedMessage


def assurance_of(report: VerifyReport) -> Assurance:
    assert report.assurance is not None
    return report.assurance


def failures_of(report: VerifyReport) -> list[tuple[Reason, int | None]]:
    return [(failure.reason, failure.exhibit) for failure in report.failures]


def published(told, *, rounds: int = 1) -> Path:
    """A log that was observed, stamped, cosigned and sealed again, so many times."""
    for _ in range(rounds):
        checkpoint = told.observe()
        told.record("time", told.stamped(checkpoint).to_payload())
        told.record("witness", told.cosigned(checkpoint).to_payload())
        told.seal()
    told.log.close()
    return told.directory


def test_a_published_log_says_since_when(told) -> None:
    report = verify(published(told))
    assert report.ok, report.failures
    assurance = assurance_of(report)
    # 0 the creation, 1-3 what was seen, 4 the seal; 5 and 6 the statements, 7 the second seal.
    assert (assurance.size, assurance.published) == (8, 5)
    assert [(t.index, t.size, t.verified_by) for t in assurance.tokens] == [
        (5, 5, ("rfc3161-client", "openssl"))
    ]
    assert [(c.index, c.size, c.known) for c in assurance.cosignatures] == [(6, 5, False)]
    first, roots, alone, witness = assurance.sentences
    assert first.startswith("Exhibits 0 to 4 existed by 20")
    assert "(±1 s), says CN=Laboratory time authority,O=Laboratory" in first
    assert "quoted by the log itself" in roots
    assert alone.startswith("Exhibits 5 to 7 have the vantage's own clock alone")
    assert "2027-01-15T08:00:01Z by its clock" in witness
    assert json.dumps(report.to_json())
    checks = {check.number: check for check in report.checks}
    assert checks[10].detail == "1 tokens, over the first 5 exhibits"
    assert checks[11].detail == "1 cosignatures"


def test_trust_from_another_source_is_said(told, other_authority: Authority) -> None:
    directory = published(told)
    witness = WitnessKey.of("witness.example/w1", told.witness_key).to_text()
    report = verify(directory, trust=Trust(told.authority.roots_pem, (witness,)))
    assert report.ok
    assert assurance_of(report).rooted
    assert assurance_of(report).cosignatures[0].known
    assert any(
        "given from another source, and the tokens lead to it" in s for s in report.assurance.sentences
    )
    assert any("its key was given from another source" in s for s in report.assurance.sentences)
    wrong = verify(directory, trust=Trust(other_authority.roots_pem))
    assert failures_of(wrong) == [(Reason.TOKEN_UNTRUSTED, 5)]
    assert assurance_of(wrong).published == 0
    assert not wrong.checks[9].passed


def test_a_log_without_statements_has_its_own_clock(told) -> None:
    told.observe()
    told.log.close()
    report = verify(told.directory)
    assert report.ok
    assert assurance_of(report).sentences == (
        "Exhibits 0 to 4 have the vantage's own clock alone: no valid token covers them.",
    )


def test_a_token_that_nobody_named_a_root_for_counts_for_nothing(told) -> None:
    checkpoint = told.observe()
    told.record("time", replace(told.stamped(checkpoint), roots=b"").to_payload())
    told.seal()
    told.log.close()
    report = verify(told.directory)
    assert report.ok
    assert (assurance_of(report).published, assurance_of(report).unrooted) == (0, (5,))
    assert any("were not checked" in sentence for sentence in report.assurance.sentences)
    assert assurance_of(verify(told.directory, trust=Trust(told.authority.roots_pem))).published == 5


def recorded(told, kind: str, payload: bytes) -> list[tuple[Reason, int | None]]:
    """What verify says of a log that holds this statement, recorded by the key's holder."""
    index = told.record(kind, payload)
    told.seal()
    told.log.close()
    failures = failures_of(verify(told.directory))
    assert all(exhibit == index for _, exhibit in failures)
    return failures


def test_a_statement_about_a_fork_is_caught(told, tmp_path: Path, key: Ed25519PrivateKey, salt) -> None:
    """The holder of the key shows the authority another history of the same log."""
    told.observe()
    at = Instant(1_800_000_000 * 10**9, 0, 0, 1000)
    with EvidenceLog.create(tmp_path / "fork", origin=told.log.origin, key=key, salt=salt, at=at) as other:
        for _ in range(3):
            other.record(exhibit_in(told))
        fork = other.seal(at)
    assert fork.size == 5
    (failure,) = recorded(told, "time", told.stamped(fork).to_payload())
    assert failure[0] is Reason.STATEMENT_FOREIGN


def exhibit_in(told):
    return Exhibit("net", Direction.NONE, told.at(), "v", 0, None, None, b"invented")


def test_a_back_dated_insertion_is_caught_by_the_statements_above_it(
    told, tmp_path: Path, key: Ed25519PrivateKey, salt
) -> None:
    """The key's holder writes the whole log anew, with one exhibit more, and keeps the old statements."""
    kept = [exhibit for _, exhibit in read(published(told))]
    at = kept[0].at
    forged = tmp_path / "forged"
    with EvidenceLog.create(forged, origin=told.log.origin, key=key, salt=salt, at=at) as log:
        log.record(exhibit_in(told))
        for exhibit in kept[1:-1]:
            log.record(exhibit)
        log.seal(at)
    report = verify(forged)
    assert failures_of(report) == [(Reason.STATEMENT_FOREIGN, 6), (Reason.STATEMENT_FOREIGN, 7)]
    assert "the same key signed a fork" in report.failures[0].detail


def test_without_the_statements_it_is_not_caught_and_nothing_is_claimed(
    told, tmp_path: Path, key: Ed25519PrivateKey, salt
) -> None:
    kept = [exhibit for _, exhibit in read(published(told)) if exhibit.kind == "net"]
    forged = tmp_path / "forged"
    with EvidenceLog.create(forged, origin=told.log.origin, key=key, salt=salt, at=told.at()) as log:
        for exhibit in (exhibit_in(told), *kept):
            log.record(exhibit)
        log.seal(told.at())
    report = verify(forged)
    assert report.ok
    assert assurance_of(report).published == 0
    assert "have the vantage's own clock alone" in assurance_of(report).sentences[0]


def test_no_roots_from_another_source_is_no_excuse(told) -> None:
    """An empty file of roots trusts nobody; it does not fall back on what the log quotes."""
    report = verify(published(told), trust=Trust(roots=b""))
    assert failures_of(report) == [(Reason.TOKEN_UNTRUSTED, 5)]


def test_a_witness_of_a_fork_is_caught(told, key: Ed25519PrivateKey) -> None:
    told.observe()
    fork = Checkpoint.sign(told.log.origin, 4, b"f" * 32, key)
    (failure,) = recorded(told, "witness", told.cosigned(fork).to_payload())
    assert failure[0] is Reason.STATEMENT_FOREIGN


def test_a_statement_stands_behind_what_it_is_about(told, tmp_path: Path, key: Ed25519PrivateKey) -> None:
    """A checkpoint of a size that the log reaches later only: the statement was put in before its time."""
    told.observe()
    early = Checkpoint.sign(told.log.origin, 6, b"e" * 32, key)
    (failure,) = recorded(told, "time", told.stamped(early).to_payload())
    assert failure[0] is Reason.STATEMENT_FOREIGN


def test_a_statement_about_another_log_is_caught(told) -> None:
    told.observe()
    stranger = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
    by_another = Checkpoint.sign(told.log.origin, 5, b"r" * 32, stranger)
    (failure,) = recorded(told, "time", told.stamped(by_another).to_payload())
    assert failure[0] is Reason.STATEMENT_FOREIGN


def test_another_origin_is_another_log(told, key: Ed25519PrivateKey) -> None:
    checkpoint = told.observe()
    renamed = Checkpoint.sign("example.org/other", checkpoint.size, checkpoint.root, key)
    (failure,) = recorded(told, "time", told.stamped(renamed).to_payload())
    assert failure[0] is Reason.STATEMENT_FOREIGN


def test_an_empty_tree_is_no_state_of_the_log(told, key: Ed25519PrivateKey) -> None:
    told.observe()
    empty = Checkpoint.sign(told.log.origin, 0, sha256(b"").digest(), key)
    (failure,) = recorded(told, "time", told.stamped(empty).to_payload())
    assert failure[0] is Reason.STATEMENT_FOREIGN


def test_a_token_over_another_checkpoint_is_caught(told) -> None:
    """The token is real, the checkpoint beside it is the log's own, but they do not belong together."""
    first = told.observe()
    second = told.observe()
    mixed = replace(told.stamped(first), checkpoint=second)
    (failure,) = recorded(told, "time", mixed.to_payload())
    assert failure[0] is Reason.TOKEN_IMPRINT


def test_a_cosignature_of_another_checkpoint_is_caught(told) -> None:
    first = told.observe()
    second = told.observe()
    mixed = replace(told.cosigned(first), checkpoint=second)
    assert recorded(told, "witness", mixed.to_payload())[0][0] is Reason.COSIGNATURE


@pytest.mark.parametrize(("kind", "payload"), [("time", b"{}"), ("witness", b"junk"), ("time", b"\xff" * 9)])
def test_what_is_no_statement_is_caught(told, kind: str, payload: bytes) -> None:
    told.observe()
    assert recorded(told, kind, payload)[0][0] is Reason.STATEMENT_MALFORMED


def test_one_bad_statement_does_not_hide_the_good_ones(told) -> None:
    checkpoint = told.observe()
    told.record("time", b"{}")
    told.record("time", told.stamped(checkpoint).to_payload())
    told.seal()
    told.log.close()
    report = verify(told.directory)
    assert failures_of(report) == [(Reason.STATEMENT_MALFORMED, 5)]
    assert report.failures[0].file == "segments/00000000000000000000.seg"
    assert assurance_of(report).published == 5


def unsigned_bits(token: bytes) -> list[int]:
    """One place in each field of a token that neither verifier looks at (see test_token)."""
    algorithm = token.rindex(bytes.fromhex("06082a8648ce3d040302")) + 3
    signed_data = token.index(bytes.fromhex("020103310f300d0609608648016503040201"))
    return [signed_data + 2, token.rindex(b"\x02\x01\x01\x30") + 2, algorithm]


def test_a_change_that_both_verifiers_accept_is_caught_by_the_log(told, tmp_path: Path) -> None:
    checkpoint = told.observe()
    stamped = told.stamped(checkpoint)
    told.record("time", stamped.to_payload())
    told.seal()
    told.log.close()
    for place in unsigned_bits(stamped.reply):
        altered = bytearray(stamped.reply)
        altered[place] ^= 2
        accepted = weighed(told, [Statement(5, "time", replace(stamped, reply=bytes(altered)).to_payload())])
        assert accepted.published == 5, "both verifiers accept it"
        copy = tmp_path / f"copy-{place}"
        shutil.copytree(told.directory, copy)
        rewrite(copy, base64.b64encode(stamped.reply), base64.b64encode(bytes(altered)))
        report = verify(copy)
        assert failures_of(report) == [(Reason.COMMITMENT, 5)]
        assert not report.checks[9].passed


def rewrite(directory: Path, old: bytes, new: bytes) -> None:
    """Change a frame in place and mend its check, as somebody without the key would."""
    (segment,) = (directory / "segments").iterdir()
    raw = segment.read_bytes()
    assert raw.count(old) == 1
    raw = raw.replace(old, new)
    at = 16
    while at < len(raw):
        length = int.from_bytes(raw[at : at + 4], "big")
        body = raw[at + 8 : at + 8 + length]
        raw = raw[: at + 4] + sha256(body).digest()[:4] + raw[at + 8 :]
        at += 8 + length
    segment.write_bytes(raw)


def weighed(
    told, statements: list[Statement], *, seals: dict[int, Instant] | None = None, findings=None
) -> Assurance:
    size = read_checkpoint(told.directory).size
    return weigh(
        statements,
        key=told.key,
        size=size,
        root_at=ProofMaker(told.directory, size).root,
        trust=Trust(),
        findings=findings or Findings(),
        seals=seals,
    )


@pytest.fixture
def stamping(told) -> tuple[Statement, Timestamped]:
    checkpoint = told.observe()
    said = told.stamped(checkpoint)
    told.record("time", said.to_payload())
    told.seal()
    return Statement(5, "time", said.to_payload()), said


def gen_time(told, statement: Statement) -> int:
    return weighed(told, [statement]).tokens[0].gen_time_ns


def test_a_late_token_says_how_late(told, stamping: tuple[Statement, Timestamped]) -> None:
    statement, _ = stamping
    sealed = Instant(gen_time(told, statement) - 7200 * 10**9, 0, 0, 1000)
    assurance = weighed(told, [statement], seals={5: sealed})
    assert assurance.tokens[0].lateness_s == 7200
    assert "The token is late: it came 7,200 s after the log was sealed" in assurance.sentences[0]
    prompt = replace(sealed, utc_ns=gen_time(told, statement) - 10**9)
    assert "late" not in weighed(told, [statement], seals={5: prompt}).sentences[0]
    assert weighed(told, [statement]).tokens[0].lateness_s is None


@pytest.mark.parametrize(
    ("ahead_s", "offset_s", "bound_s", "warned"),
    [(10, 0, 0, True), (1, 0, 0, False), (10, 0, 20, False), (10, 9, 0, False), (10, 0, -1e-9, True)],
)
def test_a_clock_ahead_of_the_authority_is_a_warning(
    told, stamping, ahead_s: float, offset_s: float, bound_s: float, warned: bool
) -> None:
    statement, _ = stamping
    at = gen_time(told, statement) + int(ahead_s * 1e9)
    findings = Findings()
    sealed = Instant(at, 0, int(offset_s * 1e9), round(bound_s * 1e9))
    weighed(told, [statement], seals={5: sealed}, findings=findings)
    assert not findings.total
    assert bool(findings.warnings) is warned
    if warned:
        assert "exhibits up to 4: the vantage's clock was at least 9.0 s ahead" in findings.warnings[0]


def test_verify_takes_the_instants_from_the_acts_of_sealing(told) -> None:
    """The clock of these tests runs in 2027, years from the authority's."""
    report = verify(published(told))
    lateness_s = assurance_of(report).tokens[0].lateness_s
    assert lateness_s is not None
    assert abs(lateness_s) > 3600
    ahead = lateness_s < 0
    assert any("ahead of the time authority" in warning for warning in report.warnings) is ahead


def test_a_tree_whose_roots_cannot_be_had_places_nothing(told, stamping) -> None:
    def none(size: int) -> bytes:
        raise MalformedMessage("no tile", size)

    findings = Findings()
    weigh([stamping[0]], key=told.key, size=7, root_at=none, trust=Trust(), findings=findings)
    assert [failure.reason for failure in findings.failures] == [Reason.STATEMENT_FOREIGN]


def test_statements_are_not_asked_where_the_tree_is_not_right(told) -> None:
    directory = published(told)
    tile = directory / "tile" / "0" / "000.p" / "8"
    raw = bytearray(tile.read_bytes())
    raw[0] ^= 1
    tile.write_bytes(raw)
    report = verify(directory)
    assert report.assurance is None
    assert {failure.reason for failure in report.failures} == {Reason.TILE_DIFFERS}
    assert [check.detail for check in report.checks if check.number in (10, 11)] == ["not asked"] * 2

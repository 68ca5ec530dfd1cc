# SPDX-License-Identifier: Apache-2.0
"""Tokens of a real authority, changed in every bit, expired, of other roots, without a certificate."""

from __future__ import annotations

import datetime as dt
import random
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from swarmwitness.evidence import VerificationError
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.time.query import Query
from swarmwitness.evidence.time.token import (
    COMMAND,
    LIBRARY,
    MOST_REPLY_BYTES,
    MOST_ROOTS_BYTES,
    check_answer,
    check_token,
    read_roots,
    told_by,
)
from swarmwitness.lab.authority import Authority

MESSAGE = b"example.org/log\n5\nAAAA\n"
QUERY = Query.about(MESSAGE, b"\x01nonce!!").to_wire()
ECDSA_SHA256 = bytes.fromhex("06082a8648ce3d040302")


@pytest.fixture(scope="module")
def reply(authority: Authority) -> bytes:
    return authority.reply(QUERY)


def reason_of(reply: bytes, authority: Authority, **given: bytes) -> Reason:
    asked = {"query": QUERY, "message": MESSAGE, "roots": authority.roots_pem, **given}
    with pytest.raises(VerificationError) as failed:
        check_token(reply, **asked)
    return failed.value.reason


def test_both_verifiers_accept_a_token(reply: bytes, authority: Authority) -> None:
    token = check_token(reply, query=QUERY, message=MESSAGE, roots=authority.roots_pem)
    assert token.verified_by == (LIBRARY, COMMAND)
    assert abs(token.gen_time_ns - time.time_ns()) < 600 * 10**9
    assert token.accuracy_ns == 10**9
    assert token.policy == "2.999.3161"
    assert token.serial > 0
    assert token.authority == "CN=Laboratory time authority,O=Laboratory"
    check_answer(reply, query=QUERY, message=MESSAGE)
    assert told_by(reply) == (token.gen_time_ns, token.authority)


def test_it_must_be_about_the_message_and_answer_the_request(reply: bytes, authority: Authority) -> None:
    other = Query.about(b"another", b"\x01nonce!!").to_wire()
    assert reason_of(reply, authority, message=b"another") is Reason.TOKEN_IMPRINT
    assert reason_of(reply, authority, message=b"another", query=other) is Reason.TOKEN_IMPRINT
    late = Query.about(MESSAGE, b"\x02nonce!!").to_wire()
    assert reason_of(reply, authority, query=late) is Reason.TOKEN_NONCE
    assert reason_of(reply, authority, query=b"junk") is Reason.TOKEN_MALFORMED
    # The algorithm's name exchanged: SHA-256 alone counts.
    sha224 = reply.replace(bytes.fromhex("0609608648016503040201"), bytes.fromhex("0609608648016503040204"))
    assert reason_of(sha224, authority) in {Reason.TOKEN_IMPRINT, Reason.TOKEN_MALFORMED}


def test_it_must_lead_to_a_root_that_is_trusted(
    reply: bytes, authority: Authority, other_authority: Authority
) -> None:
    assert reason_of(reply, authority, roots=other_authority.roots_pem) is Reason.TOKEN_UNTRUSTED
    assert reason_of(reply, authority, roots=b"") is Reason.TOKEN_UNTRUSTED
    assert reason_of(reply, authority, roots=b"-----BEGIN nothing") is Reason.TOKEN_UNTRUSTED
    assert reason_of(reply, authority, roots=b"x" * (MOST_ROOTS_BYTES + 1)) is Reason.TOKEN_UNTRUSTED
    both = other_authority.roots_pem + authority.roots_pem + authority.roots_pem
    assert check_token(reply, query=QUERY, message=MESSAGE, roots=both).verified_by == (LIBRARY, COMMAND)
    assert len(read_roots(both)) == 2


def test_the_authoritys_own_certificate_is_no_root(reply: bytes, authority: Authority) -> None:
    """A certificate that does not sign itself is trusted by neither verifier alone."""
    leaf = (authority.folder / "tsa.pem").read_bytes()
    assert reason_of(reply, authority, roots=leaf) is Reason.TOKEN_UNTRUSTED


def test_a_refusal_says_why(authority: Authority) -> None:
    refusal = authority.reply(b"not a request")
    with pytest.raises(VerificationError, match="status 2: Bad request format") as failed:
        check_token(refusal, query=QUERY, message=MESSAGE, roots=authority.roots_pem)
    assert failed.value.reason is Reason.TOKEN_REFUSED


def test_granted_with_changes_is_not_granted(reply: bytes, authority: Authority) -> None:
    at = reply.index(b"\x30\x03\x02\x01\x00") + 4
    changed = reply[:at] + b"\x01" + reply[at + 1 :]
    assert reason_of(changed, authority) is Reason.TOKEN_REFUSED


def test_a_token_without_its_certificate_needs_it_from_us(authority: Authority) -> None:
    """The request here always asks for it; an authority may leave it out all the same."""
    without = QUERY[:1] + bytes((QUERY[1] - 3,)) + QUERY[2:-3]
    reply = authority.reply(without)
    leaf = (authority.folder / "tsa.pem").read_bytes()
    assert reason_of(reply, authority) is Reason.TOKEN_SIGNATURE
    token = check_token(reply, query=QUERY, message=MESSAGE, roots=authority.roots_pem + leaf)
    assert token.verified_by == (LIBRARY, COMMAND)
    assert "time authority" in token.authority
    assert told_by(reply) == (token.gen_time_ns, "")


def test_every_truncation_and_every_byte_more_is_malformed(reply: bytes, authority: Authority) -> None:
    for end in range(len(reply)):
        assert reason_of(reply[:end], authority) is Reason.TOKEN_MALFORMED
        with pytest.raises(VerificationError):
            told_by(reply[:end])
    assert reason_of(reply + b"\0", authority) is Reason.TOKEN_MALFORMED
    assert reason_of(bytes(MOST_REPLY_BYTES + 1), authority) is Reason.TOKEN_MALFORMED


def test_what_both_accept_of_all_single_bit_changes_is_in_three_unsigned_fields(
    reply: bytes, authority: Authority
) -> None:
    """Measured: 77 bits (OpenSSL 3.0, rfc3161-client 1.0.9, a token with P-256): two version numbers and
    the name of the signature's algorithm. The log sees them, since the token is an exhibit."""
    accepted, reasons = {}, set()
    for place in range(len(reply)):
        for bit in range(8):
            changed = bytearray(reply)
            changed[place] ^= 1 << bit
            try:
                token = check_token(bytes(changed), query=QUERY, message=MESSAGE, roots=authority.roots_pem)
            except VerificationError as error:
                reasons.add(error.reason)
            else:
                accepted[place, bit] = token
    algorithm = reply.rindex(ECDSA_SHA256) + 2
    signed_data = reply.index(bytes.fromhex("020103310f300d0609608648016503040201"))
    signer_info = reply.rindex(b"\x02\x01\x01\x30")
    unsigned = {signed_data + 2, signer_info + 2, *range(algorithm, algorithm + 8)}
    assert {place for place, _ in accepted} == unsigned
    assert all(reason.value.startswith("token_") for reason in reasons)
    assert len(accepted) == 77
    honest = check_token(reply, query=QUERY, message=MESSAGE, roots=authority.roots_pem)
    assert {(t.gen_time_ns, t.serial, t.authority) for t in accepted.values()} == {
        (honest.gen_time_ns, honest.serial, honest.authority)
    }


def utc(seconds: float) -> str:
    return dt.datetime.fromtimestamp(time.time() + seconds, dt.UTC).strftime("%Y%m%d%H%M%SZ")


def test_a_certificate_that_has_expired_since_does_not_unmake_a_token(tmp_path: Path) -> None:
    short = Authority.make(tmp_path / "short", valid_from=utc(-3600), valid_to=utc(4))
    reply = short.reply(QUERY)
    time.sleep(5.2)
    token = check_token(reply, query=QUERY, message=MESSAGE, roots=short.roots_pem)
    assert token.verified_by == (LIBRARY, COMMAND)
    after = short.reply(QUERY)  # it goes on stamping, with a certificate that is no longer valid
    assert reason_of(after, short) is Reason.TOKEN_UNTRUSTED


def test_without_the_command_one_verifier_is_named(
    reply: bytes, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roots = authority.roots_pem
    monkeypatch.setenv("PATH", str(tmp_path))
    assert check_token(reply, query=QUERY, message=MESSAGE, roots=roots).verified_by == (LIBRARY,)


def test_the_command_alone_can_refuse(
    reply: bytes, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = tmp_path / "openssl"
    command.write_text("#!/bin/sh\necho ':error:of another mind' >&2\nexit 1\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert reason_of(reply, authority) is Reason.TOKEN_SIGNATURE


def run(authority: Authority, *line: str) -> None:
    """An `openssl` command in the authority's folder, with its configuration."""
    command = ["openssl", line[0], *line[1:2], "-config", "openssl.cnf", *line[2:]]
    subprocess.run(command, cwd=authority.folder, capture_output=True, timeout=20, check=True)


def issue(authority: Authority, name: str, by: str, kind: str, *algorithm: str) -> None:
    """Make a key and a certificate: NAME.key, NAME.pem."""
    made = ("-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
    run(authority, "req", "-new", "-newkey", *algorithm, *made)
    issuer = ("-cert", f"{by}.pem", "-keyfile", f"{by}.key")
    files = ("-in", f"{name}.csr", "-out", f"{name}.pem", "-days", "100")
    run(authority, "ca", "-batch", "-notext", "-extensions", kind, *issuer, *files)


def stamped(authority: Authority, signer: str, *more: str) -> bytes:
    (authority.folder / "query.tsq").write_bytes(QUERY)
    files = ("-queryfile", "query.tsq", "-signer", f"{signer}.pem", "-inkey", f"{signer}.key")
    run(authority, "ts", "-reply", "-section", "stamps", *files, "-out", "reply.tsr", *more)
    return (authority.folder / "reply.tsr").read_bytes()


P256 = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")


def test_a_chain_may_come_in_the_token_or_from_us(tmp_path: Path) -> None:
    authority = Authority.make(tmp_path / "chained")
    issue(authority, "between", "root", "root", *P256)
    issue(authority, "leaf", "between", "stamping", *P256)
    between = (authority.folder / "between.pem").read_bytes()
    bare, chained = stamped(authority, "leaf"), stamped(authority, "leaf", "-chain", "between.pem")
    both = authority.roots_pem + between
    for reply, roots in ((bare, both), (chained, authority.roots_pem), (chained, both)):
        token = check_token(reply, query=QUERY, message=MESSAGE, roots=roots)
        assert (token.authority, token.verified_by) == ("CN=leaf", (LIBRARY, COMMAND))
    assert reason_of(bare, authority) is Reason.TOKEN_UNTRUSTED
    # One that does not sign itself is no root, wherever it comes from.
    assert reason_of(chained, authority, roots=between) is Reason.TOKEN_UNTRUSTED


def test_a_token_with_rsa_is_accepted(tmp_path: Path) -> None:
    authority = Authority.make(tmp_path / "rsa")
    issue(authority, "big", "root", "stamping", "rsa:2048")
    token = check_token(stamped(authority, "big"), query=QUERY, message=MESSAGE, roots=authority.roots_pem)
    assert (token.authority, token.verified_by) == ("CN=big", (LIBRARY, COMMAND))


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_mangled_replies_fail_with_a_reason_or_say_the_same(reply: bytes, authority: Authority) -> None:
    chance = random.Random(3161)
    reasons: Counter[Reason] = Counter()
    said = set()
    for _ in range(3000):
        mangled = bytearray(reply)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(mangled))
            length = chance.randint(0, 20)
            mangled[at : at + chance.randint(0, 20)] = chance.randbytes(length)
        try:
            token = check_token(bytes(mangled), query=QUERY, message=MESSAGE, roots=authority.roots_pem)
        except VerificationError as error:
            reasons[error.reason] += 1
        else:  # in the fields that nobody signs
            said.add((token.gen_time_ns, token.serial, token.authority))
    assert reasons.total() > 2900
    assert all(reason.value.startswith("token_") for reason in reasons)
    honest = check_token(reply, query=QUERY, message=MESSAGE, roots=authority.roots_pem)
    assert said <= {(honest.gen_time_ns, honest.serial, honest.authority)}


@pytest.mark.parametrize(
    "bomb", [b"\x30\x80" * 30_000, b"\x30\x84\x7f\xff\xff\xff" * 9_000, b"\xa0" * 60_000]
)
def test_deep_and_long_structures_end_at_once(bomb: bytes, authority: Authority) -> None:
    began = time.monotonic()
    assert reason_of(bomb, authority) is Reason.TOKEN_MALFORMED
    assert time.monotonic() - began < 5

# SPDX-License-Identifier: Apache-2.0
"""Envelopes: they open with their key alone, and with their own key alone; whatever is changed is refused."""

from __future__ import annotations

import hmac
import signal
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from swarmwitness.evidence import EvidenceLog, Exhibit, VerificationError, read, verify
from swarmwitness.evidence.envelope import (
    close,
    encrypted,
    exhibit_in,
    exhibit_key,
    key_id,
    open_with_content_key,
    open_with_exhibit_key,
)
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.reading import read_bodies, read_one
from swarmwitness.terms import Instant

ORIGIN = "example.org/log"
KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
SALT = b"s" * 32
MakeExhibit = Callable[..., Exhibit]
MakeClosed = Callable[..., Path]


@pytest.fixture
def body(exhibit: MakeExhibit) -> bytes:
    return SALT + close(exhibit(2).to_wire(), SALT, KEY)


@pytest.fixture
def make_closed(
    tmp_path: Path, key: Ed25519PrivateKey, salt: Callable[[int], bytes], exhibit: MakeExhibit
) -> MakeClosed:
    def make(count: int, *, content_key: bytes = KEY, name: str = "closed") -> Path:
        with EvidenceLog.create(
            tmp_path / name, origin=ORIGIN, key=key, salt=salt, at=Instant(7), segment_bytes=900,
            content_key=content_key,
        ) as log:  # fmt: skip
            for number in range(count):
                log.record(exhibit(number, b"secret words of exhibit %d" % number))
            log.seal(Instant(9))
        return tmp_path / name

    return make


def refused(action: Callable[..., object], *given: object, **named: object) -> Reason:
    with pytest.raises(VerificationError) as caught:
        action(*given, **named)
    return caught.value.reason


def test_it_is_what_the_page_says_computed_by_another_library(body: bytes, exhibit: MakeExhibit) -> None:
    assert body[32:41] == b"\2" + sha256(b"swarmwitness content key\n" + KEY).digest()[:8]
    own = HKDF(SHA256(), 32, SALT, b"swarmwitness exhibit key 1").derive(KEY)
    both = HKDFExpand(SHA256(), 64, b"swarmwitness envelope 1").derive(own)
    assert body[41:73] == hmac.new(both[32:], body[33:41] + body[73:], "sha256").digest()
    decryptor = Cipher(AES256(both[:32]), CTR(bytes(16))).decryptor()
    assert decryptor.update(body[73:]) == exhibit(2).to_wire()
    assert exhibit_key(body, KEY) == own


def test_it_opens_with_the_content_key_and_with_its_own(body: bytes, exhibit: MakeExhibit) -> None:
    assert encrypted(body)
    record = open_with_content_key(body, KEY)
    assert record == open_with_exhibit_key(body, exhibit_key(body, KEY)) == exhibit(2).to_wire()
    assert exhibit_in(record) == exhibit(2)


def test_another_key_is_refused(body: bytes) -> None:
    assert refused(open_with_content_key, body, OTHER) is Reason.ENVELOPE
    assert refused(open_with_exhibit_key, body, exhibit_key(body, OTHER)) is Reason.ENVELOPE
    renamed = body[:33] + key_id(OTHER) + body[41:]
    assert refused(open_with_content_key, renamed, OTHER) is Reason.ENVELOPE
    own = exhibit_key(body, KEY)
    for wrong in (b"", b"k" * 31, KEY, own + b"\0", own[:-1]):
        assert refused(open_with_exhibit_key, body, wrong) is Reason.ENVELOPE


def test_the_key_of_one_exhibit_opens_no_other(exhibit: MakeExhibit, body: bytes) -> None:
    salt = b"t" * 32
    second = salt + close(exhibit(3).to_wire(), salt, KEY)
    assert refused(open_with_exhibit_key, second, exhibit_key(body, KEY)) is Reason.ENVELOPE
    assert second[73:100] != body[73:100]


def test_every_changed_byte_is_refused(body: bytes) -> None:
    own = exhibit_key(body, KEY)
    for offset in range(len(body)):
        changed = bytearray(body)
        changed[offset] ^= 1
        assert refused(open_with_content_key, bytes(changed), KEY) is Reason.ENVELOPE
        if offset >= 32:
            assert refused(open_with_exhibit_key, bytes(changed), own) is Reason.ENVELOPE
    for length in range(len(body)):
        assert refused(open_with_content_key, body[:length], KEY) is Reason.ENVELOPE


def test_an_envelope_holds_a_record_of_a_kind_that_may_be_closed(exhibit: MakeExhibit) -> None:
    for record in (b"x" * 60, SALT + b"\2" * 60):
        assert refused(exhibit_in, record, 3) is Reason.ENVELOPE
    act = Exhibit("act", exhibit(0).direction, Instant(1), "v", 0, None, None, b"{}")
    assert refused(exhibit_in, act.to_wire(), 3) is Reason.ENVELOPE


def test_a_content_key_has_32_bytes(tmp_path: Path, key: Ed25519PrivateKey, make_closed: MakeClosed) -> None:
    for wrong in (b"", b"k" * 31, b"k" * 33):
        with pytest.raises(ValueError, match="32 bytes"):
            key_id(wrong)
        with pytest.raises(ValueError, match="32 bytes"):
            make_closed(1, content_key=wrong)
        assert not list(tmp_path.iterdir()), "and nothing was made"
    directory = make_closed(1)
    with pytest.raises(ValueError, match="32 bytes"):
        EvidenceLog.open(directory, key=key, salt=bytes, content_key=b"k")


def test_an_encrypted_log_is_verified_without_the_key_and_read_with_it(
    make_closed: MakeClosed, exhibit: MakeExhibit
) -> None:
    directory = make_closed(12)
    report = verify(directory)
    assert report.ok, report.failures
    assert (report.size, report.encrypted, report.erased) == (14, 12, 0)
    assert "12 encrypted" in report.checks[4].detail
    assert report.to_json()["encrypted"] == 12
    found = dict(read(directory, content_key=KEY))
    assert [found[number + 1] for number in range(12)] == [
        exhibit(number, b"secret words of exhibit %d" % number) for number in range(12)
    ]
    assert read_one(directory, 5, content_key=KEY) == found[5]
    with pytest.raises(VerificationError) as caught:
        list(read(directory))
    assert (caught.value.reason, caught.value.exhibit_number) == (Reason.ENVELOPE_KEY, 1)
    assert caught.value.file == f"segments/{0:020d}.seg"
    assert refused(read_one, directory, 5) is Reason.ENVELOPE_KEY
    with pytest.raises(VerificationError) as caught:
        read_one(directory, 5, content_key=OTHER)
    assert (caught.value.reason, caught.value.exhibit_number) == (Reason.ENVELOPE, 5)
    assert read_one(directory, 0).kind == "act", "acts are never encrypted"


def test_nothing_of_key_or_content_lies_in_the_log(make_closed: MakeClosed, tmp_path: Path) -> None:
    directory = make_closed(12)
    own = {exhibit_key(body, KEY) for _, body in read_bodies(directory, Ranges.of(range(1, 13)))}
    assert len(own) == 12
    for path in tmp_path.rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            words = (KEY, KEY.hex().encode(), b"secret", b"vantage-1", bytes((127, 0, 0, 1)))
            assert not [word for word in (*words, *own) if word in raw], path


def test_two_logs_of_the_same_exhibits_have_no_ciphertext_in_common(make_closed: MakeClosed) -> None:
    first, second = make_closed(3), make_closed(3, name="other")
    ones = [body[73:] for _, body in read_bodies(first, Ranges.of((1, 2, 3)))]
    others = [body[73:] for _, body in read_bodies(second, Ranges.of((1, 2, 3)))]
    assert not set(ones) & set(others)


def test_writing_goes_on_encrypted_or_plain_as_the_writer_says(
    make_closed: MakeClosed, key: Ed25519PrivateKey, salt: Callable[[int], bytes], exhibit: MakeExhibit
) -> None:
    directory = make_closed(2)
    with EvidenceLog.open(directory, key=key, salt=salt, content_key=OTHER) as log:
        log.record(exhibit(50))
        log.flush()
        unsealed = verify(directory)
        assert (unsealed.ok, unsealed.unsealed, unsealed.encrypted) == (True, 1, 2)
        log.seal(Instant(11))
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        log.record(exhibit(51))
        log.seal(Instant(12))
    report = verify(directory)
    assert report.ok, report.failures
    assert report.encrypted == 3
    assert read_one(directory, 4, content_key=OTHER) == exhibit(50)
    assert read_one(directory, 6) == exhibit(51)


WRITER = """
import os, sys
from pathlib import Path
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from swarmwitness.evidence import Direction, EvidenceLog, Exhibit
from swarmwitness.terms import Instant
key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
with EvidenceLog.open(Path(sys.argv[1]), key=key, salt=os.urandom, content_key=bytes(range(32))) as log:
    while True:
        for _ in range(40):
            number = log.size
            log.record(Exhibit("tcp", Direction.IN, Instant(number), "v", 1, None, None, b"%d" % number))
        log.flush()
        print(log.durable, flush=True)
"""


def test_a_killed_writer_of_envelopes_loses_nothing_durable(
    make_closed: MakeClosed, key: Ed25519PrivateKey, salt: Callable[[int], bytes]
) -> None:
    directory = make_closed(1)
    with subprocess.Popen([sys.executable, "-c", WRITER, str(directory)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        for _ in range(5):
            said = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        writer.stdout.read()
        writer.wait()
    assert verify(directory).ok
    with EvidenceLog.open(directory, key=key, salt=salt, content_key=KEY) as log:
        assert log.durable >= said
        log.seal(Instant(5))
    assert verify(directory).ok
    found = {index: int(e.payload) for index, e in read(directory, content_key=KEY) if e.vantage == "v"}
    assert len(found) >= 200
    assert all(index == number for index, number in found.items())


def test_a_changed_envelope_is_named_without_the_key(make_closed: MakeClosed) -> None:
    """Each byte of three encrypted exhibits, as of any others."""
    directory = make_closed(3)
    path = directory / "segments" / f"{0:020d}.seg"
    raw, bounds = path.read_bytes(), [16]
    while bounds[-1] < len(raw):
        bounds.append(bounds[-1] + 8 + int.from_bytes(raw[bounds[-1] : bounds[-1] + 4], "big"))
    for offset in range(bounds[1], bounds[4]):
        path.write_bytes(raw[:offset] + bytes((raw[offset] ^ 1 << offset % 8,)) + raw[offset + 1 :])
        index = next(number for number in (1, 2, 3) if offset < bounds[number + 1])
        assert {f.exhibit for f in verify(directory).failures} == {index}, offset
    path.write_bytes(raw)
    assert verify(directory).ok

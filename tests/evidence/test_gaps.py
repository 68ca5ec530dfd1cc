# SPDX-License-Identifier: Apache-2.0
"""Somebody erases who may not, or announces what may not be erased; every change of a gap is caught."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import Direction, EvidenceLog, Exhibit, VerificationError, verify
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.segment import HEAD, HEADER_BYTES
from swarmwitness.terms import Instant

MakeLog = Callable[..., Path]
MakeExhibit = Callable[..., Exhibit]
Salt = Callable[[int], bytes]
Erase = Callable[[Path, Iterable[int]], int]
ORIGIN = "example.org/log"


def last_segment(directory: Path) -> Path:
    return max((directory / "segments").iterdir())


def place_of(directory: Path, index: int) -> tuple[Path, int, int]:
    """(segment, start, end) of an exhibit's frame, by names and lengths."""
    path = max(p for p in (directory / "segments").iterdir() if int(p.stem) <= index)
    raw, at = path.read_bytes(), HEADER_BYTES
    for _ in range(index - int(path.stem)):
        at += 8 + int.from_bytes(raw[at : at + 4], "big")
    return path, at, at + 8 + int.from_bytes(raw[at : at + 4], "big")


def patch(path: Path, start: int, content: bytes) -> None:
    with path.open("r+b") as stream:
        stream.seek(start)
        stream.write(content)


def blank(directory: Path, index: int) -> bytes:
    """Erase as somebody without a key can; returns what was there."""
    path, start, end = place_of(directory, index)
    frame = path.read_bytes()[start:end]
    patch(path, start + 8, sha256(frame[8:]).digest() + bytes(len(frame) - 40))
    return frame


def failures(directory: Path) -> set[tuple[Reason, str, int | None]]:
    return {(f.reason, f.file, f.exhibit) for f in verify(directory).failures}


def acted(directory: Path, key: Ed25519PrivateKey, salt: Salt, payload: bytes, *, seal: bool = True) -> None:
    """The key holder records an act with other software."""
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        log.record(Exhibit("act", Direction.NONE, Instant(50), ORIGIN, 0, None, None, payload))
        if seal:
            log.seal(Instant(51))


def act(ranges: str, *lengths: int) -> bytes:
    digest = sha256(b"".join(length.to_bytes(4, "big") for length in lengths)).hexdigest()
    return b'{"act":"erased","on":{"lengths":"%s","ranges":"%s"}}' % (digest.encode(), ranges.encode())


def test_an_erasure_that_nobody_announced_is_named(make_log: MakeLog, erase: Erase) -> None:
    directory = make_log(20)
    erase(directory, (3,))
    for index in (4, 12):
        path, start, _ = place_of(directory, index)
        frame = blank(directory, index)
        assert failures(directory) == {(Reason.ERASED_UNANNOUNCED, f"segments/{path.name}", index)}
        assert [c.number for c in verify(directory).checks if not c.passed] == [9]
        patch(path, start, frame)
    assert verify(directory).ok


def test_the_creation_cannot_be_erased_by_anybody(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt
) -> None:
    directory = make_log(5)
    _, start, end = place_of(directory, 0)
    acted(directory, key, salt, act("0", end - start - 8))
    assert Reason.ERASED_PLAIN in {reason for reason, _, _ in failures(directory)}
    blank(directory, 0)
    assert Reason.CREATION_ACT in {reason for reason, _, _ in failures(directory)}
    with pytest.raises(VerificationError):
        EvidenceLog.open(directory, key=key, salt=salt)


def test_an_announcement_behind_the_checkpoint_counts_for_nothing(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt
) -> None:
    directory = make_log(5)
    path, start, end = place_of(directory, 2)
    acted(directory, key, salt, act("2", end - start - 8), seal=False)
    assert verify(directory).ok
    blank(directory, 2)
    assert failures(directory) == {(Reason.ERASED_UNANNOUNCED, f"segments/{path.name}", 2)}


def test_nothing_behind_the_checkpoint_is_erased(
    make_log: MakeLog, add_tail: Callable[[Path], None], key: Ed25519PrivateKey, salt: Salt
) -> None:
    directory = make_log(5, segment_bytes=10**6)
    add_tail(directory)
    path, _, _ = place_of(directory, 8)
    blank(directory, 8)
    found = failures(directory)
    assert (Reason.FRAME_CHECK, f"segments/{path.name}", 8) in found
    with pytest.raises(VerificationError, match="not sealed"):
        EvidenceLog.open(directory, key=key, salt=salt)


@pytest.mark.parametrize("kind", ["act", "time", "witness"])
def test_an_announcement_that_reaches_a_kind_that_stays_is_a_failure(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, kind: str
) -> None:
    directory = make_log(2)
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        log.record(Exhibit(kind, Direction.NONE, Instant(50), ORIGIN, 0, None, None, b'{"act":"x","on":1}'))
        log.seal(Instant(51))
    lengths = [end - start - 8 for _, start, end in (place_of(directory, 2), place_of(directory, 4))]
    acted(directory, key, salt, act("2,4", *lengths))
    report = verify(directory)
    plain = [(f.reason, f.exhibit) for f in report.failures if f.reason is Reason.ERASED_PLAIN]
    assert plain == [(Reason.ERASED_PLAIN, 4)], report.failures
    assert any("exhibit 2 and 1 more announced as erased, but still readable" in w for w in report.warnings)


def test_content_put_back_is_a_warning(make_log: MakeLog, erase: Erase) -> None:
    directory = make_log(9)
    path, start, end = place_of(directory, 4)
    kept = path.read_bytes()[start:end]
    erase(directory, (4, 6))
    patch(path, start, kept)
    report = verify(directory)
    assert report.ok, report.failures
    assert report.erased == 1
    assert any("exhibit 4 announced as erased, but still readable" in w for w in report.warnings)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"act":"erased","on":{"ranges":"2"}}',
        b'{"act":"erased","on":{"lengths":"%s","ranges":"2-900"}}' % (b"0" * 64),
        b'{"act":"erased","on":{"lengths":"%s","ranges":"3,2"}}' % (b"0" * 64),
        b'{"act":"erased",',
    ],
)
def test_a_malformed_announcement_is_named_and_covers_nothing(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, payload: bytes
) -> None:
    directory = make_log(5)
    acted(directory, key, salt, payload)
    assert {(reason, exhibit) for reason, _, exhibit in failures(directory)} == {
        (Reason.ERASURE_MALFORMED, 7)
    }
    with EvidenceLog.open(directory, key=key, salt=salt) as log, pytest.raises(VerificationError) as caught:
        log.finish_erasures()
    assert (caught.value.reason, caught.value.exhibit_number) == (Reason.ERASURE_MALFORMED, 7)
    blank(directory, 2)
    assert (Reason.ERASED_UNANNOUNCED, 2) in {(reason, exhibit) for reason, _, exhibit in failures(directory)}


@pytest.mark.parametrize("segment_bytes", [700, 10**6])
def test_every_flip_within_an_erased_frame_is_caught_and_named(
    make_log: MakeLog, erase: Erase, segment_bytes: int
) -> None:
    """Its length too, which its commitment does not bind: every bit of it, one of each byte behind it."""
    directory = make_log(12, segment_bytes=segment_bytes)
    gone = (3, 4, 9)
    erase(directory, gone)
    assert verify(directory).ok
    for index in gone:
        path, start, end = place_of(directory, index)
        raw = path.read_bytes()
        for offset in range(start, end):
            for bit in range(8) if offset < start + 8 else (offset % 8,):
                patch(path, offset, bytes((raw[offset] ^ 1 << bit,)))
                report = verify(directory)
                patch(path, offset, raw[offset : offset + 1])
                found = {(f.file, f.exhibit) for f in report.failures}
                assert found == {(f"segments/{path.name}", index)}, (offset - start, bit, report.failures)
    assert verify(directory).ok


@pytest.mark.parametrize("segment_bytes", [700, 10**6])
def test_an_erased_frame_made_shorter_or_longer_is_caught(
    make_log: MakeLog, erase: Erase, segment_bytes: int
) -> None:
    """Whole frames still, every offset behind moved: nothing but the act binds the length."""
    directory = make_log(12, segment_bytes=segment_bytes)
    erase(directory, (3, 4))
    for index in (3, 4):
        path, start, end = place_of(directory, index)
        raw = path.read_bytes()
        for by in (-30, -1, 1, 2, 3, 7, 300):
            length = end - start - 8 + by
            frame = HEAD.pack(length, raw[start + 4 : start + 8]) + raw[start + 8 : start + 40]
            path.write_bytes(raw[:start] + frame + bytes(length - 32) + raw[end:])
            found = verify(directory).failures
            assert {f.reason for f in found} & {Reason.ERASED_DIFFERS, Reason.SEGMENT_SPLIT}, (by, found)
            assert all(f.file.startswith("segments/") for f in found)
        path.write_bytes(raw)
    assert verify(directory).ok


def test_bytes_moved_from_one_erased_frame_to_the_next_are_caught(make_log: MakeLog, erase: Erase) -> None:
    directory = make_log(12, segment_bytes=10**6)
    erase(directory, (3, 4))
    path, start, middle = place_of(directory, 3)
    _, _, end = place_of(directory, 4)
    raw = path.read_bytes()
    one, two = raw[start:middle], raw[middle:end]
    first = HEAD.pack(len(one) - 8 + 5, one[4:8]) + one[8:] + bytes(5)
    second = HEAD.pack(len(two) - 8 - 5, two[4:8]) + two[8:-5]
    patch(path, start, first + second)
    assert {(reason, exhibit) for reason, _, exhibit in failures(directory)} == {
        (Reason.ERASED_DIFFERS, None)
    }


def test_exhibits_announced_twice_are_bound_by_the_first_act(
    make_log: MakeLog, erase: Erase, key: Ed25519PrivateKey, salt: Salt
) -> None:
    directory = make_log(12)
    assert erase(directory, (3, 4)) == 2
    assert erase(directory, (3, 4, 5)) == 1
    assert erase(directory, (4,)) == 0
    assert verify(directory).ok
    acted(directory, key, salt, act("3-5", 1, 2, 3))
    assert {reason for reason, _, _ in failures(directory)} == {Reason.ERASED_DIFFERS}


def test_an_erased_act_of_erasing_leaves_what_it_announced_unannounced(
    make_log: MakeLog, erase: Erase, key: Ed25519PrivateKey, salt: Salt
) -> None:
    """The key holder, with other software: the gap where the act stood shows, and so does what it covered."""
    directory = make_log(5)
    erase(directory, (3,))
    _, start, end = place_of(directory, 7)
    acted(directory, key, salt, act("7", end - start - 8))
    assert Reason.ERASED_PLAIN in {reason for reason, _, _ in failures(directory)}
    blank(directory, 7)
    assert {(reason, exhibit) for reason, _, exhibit in failures(directory)} == {
        (Reason.ERASED_UNANNOUNCED, 3)
    }


def test_a_lying_commitment_is_caught_as_that_of_any_frame(make_log: MakeLog, erase: Erase) -> None:
    directory = make_log(12)
    erase(directory, (5,))
    path, start, _ = place_of(directory, 5)
    patch(path, start + 4, b"liar" + b"liar" + bytes(28))
    found = {(reason, file, exhibit) for reason, file, exhibit in failures(directory)}
    assert found == {(Reason.COMMITMENT, f"segments/{path.name}", 5)}


def test_damage_elsewhere_does_not_accuse_an_announced_erasure(make_log: MakeLog, erase: Erase) -> None:
    """The act that announces cannot be read: that is what is named, and check 9 was not asked."""
    directory = make_log(12)
    erase(directory, (5,))
    path, start, _ = place_of(directory, 14)
    raw = path.read_bytes()
    patch(path, start + 90, bytes((raw[start + 90] ^ 1,)))
    report = verify(directory)
    assert [(f.reason, f.exhibit) for f in report.failures] == [(Reason.FRAME_CHECK, 14)]
    assert (report.checks[8].passed, report.checks[8].detail) == (False, "not asked")


def test_an_erased_log_goes_whole_to_another_place(make_log: MakeLog, erase: Erase, tmp_path: Path) -> None:
    directory = make_log(300, segment_bytes=4000)
    erase(directory, range(10, 250))
    shutil.copytree(directory, tmp_path / "copy")
    report = verify(tmp_path / "copy")
    assert report.ok, report.failures
    assert report.erased == 240
    assert report.to_json()["erased"] == 240

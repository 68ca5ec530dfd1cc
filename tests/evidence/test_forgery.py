# SPDX-License-Identifier: Apache-2.0
"""Somebody who can write to the folder but has no key: nothing of theirs is ever adopted."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import EvidenceLog, Exhibit, VerificationError, read, verify
from swarmwitness.evidence import log as log_module
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.segment import HEAD, MOST_UNACKNOWLEDGED, segment_header
from swarmwitness.terms import Instant

MakeLog = Callable[..., Path]
MakeExhibit = Callable[..., Exhibit]
Salt = Callable[[int], bytes]


def frame_of(exhibit: Exhibit) -> bytes:
    """A frame as whole as the writer's: nothing in it needs a key."""
    body = os.urandom(32) + exhibit.to_wire()
    return HEAD.pack(len(body), sha256(body).digest()) + body


def last_segment(directory: Path) -> Path:
    return max((directory / "segments").iterdir())


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as stream:
        stream.write(content)


def put(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)


def failures(directory: Path) -> set[tuple[Reason, str]]:
    return {(failure.reason, failure.file) for failure in verify(directory).failures}


@dataclass(frozen=True, slots=True)
class Sealed:
    """A log sealed at 6 and at 9, a copy of it from before the second seal, and every marker between."""

    directory: Path
    killed: Path
    markers: tuple[bytes, ...]
    refused: Callable[[Path], Reason]

    @property
    def last(self) -> bytes:
        """The marker that a seal killed at its very end would have left."""
        return self.markers[-1]


@pytest.fixture(params=[10**6, 700])
def sealed(
    make_log: MakeLog,
    key: Ed25519PrivateKey,
    salt: Salt,
    exhibit: MakeExhibit,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Sealed:
    directory, markers = make_log(4, segment_bytes=request.param), []
    real = log_module.place_whole

    def place_and_copy(path: Path, content: bytes, by_way_of: Path) -> None:
        real(path, content, by_way_of)
        if path.name == "unsealed":
            markers.append(content)

    with monkeypatch.context() as patch, EvidenceLog.open(directory, key=key, salt=salt) as log:
        patch.setattr(log_module, "place_whole", place_and_copy)
        for number in (50, 51):
            log.record(exhibit(number))
            log.flush()
        shutil.copytree(directory, directory.with_name("killed"))
        log.seal(Instant(11))
    assert verify(directory).ok

    def refused(folder: Path) -> Reason:
        with pytest.raises(VerificationError) as caught:
            EvidenceLog.open(folder, key=key, salt=salt)
        return caught.value.reason

    return Sealed(directory, directory.with_name("killed"), tuple(markers), refused)


def test_a_marker_put_back_after_the_seal_adopts_no_frame(sealed: Sealed, exhibit: MakeExhibit) -> None:
    """The forgery that once worked: copy the marker while a writer runs, append frames after the seal."""
    assert len(sealed.markers) == 4
    append(last_segment(sealed.directory), frame_of(exhibit(66)) * 3)
    file = f"segments/{last_segment(sealed.directory).name}"
    assert failures(sealed.directory) == {(Reason.TRAILING_DATA, file)}
    for marker in sealed.markers:
        put(sealed.directory / "unsealed", marker)
        assert (Reason.TRAILING_DATA, file) in failures(sealed.directory)
        assert sealed.refused(sealed.directory) in (Reason.TRAILING_DATA, Reason.MARKER_STALE)


def test_a_marker_put_back_after_the_seal_fails_or_excuses_nothing(
    sealed: Sealed, key: Ed25519PrivateKey, salt: Salt
) -> None:
    for marker in sealed.markers[:-1]:
        put(sealed.directory / "unsealed", marker)
        assert (Reason.MARKER_STALE, "unsealed") in failures(sealed.directory)
        assert sealed.refused(sealed.directory) is Reason.MARKER_STALE
    put(sealed.directory / "unsealed", sealed.last)
    report = verify(sealed.directory)
    assert report.ok
    assert report.warnings == ("a seal was interrupted; opening the log for writing tidies up",)
    EvidenceLog.open(sealed.directory, key=key, salt=salt).close()
    assert not verify(sealed.directory).warnings


@pytest.mark.parametrize(
    "extra", ["sealing/0", "sealing/planted", "tile/0/000.p/7", "tile/0/000.p/6", "notes"]
)
def test_no_marker_makes_room_for_a_planted_file(sealed: Sealed, extra: str) -> None:
    for directory in (sealed.directory, sealed.killed):
        if directory is sealed.directory:
            put(directory / "unsealed", sealed.last)
        (directory / extra).parent.mkdir(parents=True, exist_ok=True)
        if (directory / extra).exists():
            continue
        (directory / extra).write_bytes(b"x" * 192)
        assert extra in {file for _, file in failures(directory)}


@pytest.mark.parametrize("extra", ["planted", "sealing", "tile/9/9/9", "segments/0", "tile/0/x000", "tile/1"])
def test_no_marker_makes_room_for_a_planted_folder(sealed: Sealed, extra: str) -> None:
    for directory in (sealed.directory, sealed.killed):
        if directory is sealed.directory:
            put(directory / "unsealed", sealed.last)
        (directory / extra).mkdir(parents=True)
        assert extra in {file for _, file in failures(directory)}


def test_an_old_partial_tile_must_be_whole(sealed: Sealed) -> None:
    """What the last marker does excuse is checked byte for byte."""
    put(sealed.directory / "unsealed", sealed.last)
    old = sealed.killed / "tile/entries/000.p/6"
    assert old.stat().st_size == 6 * 35
    place = sealed.directory / "tile/entries/000.p/6"
    for content in (old.read_bytes()[:-1], old.read_bytes() + b"\0", old.read_bytes()[:-1] + b"?", b""):
        place.write_bytes(content)
        assert (Reason.TILE_DIFFERS, "tile/entries/000.p/6") in failures(sealed.directory)
    place.write_bytes(old.read_bytes())
    assert verify(sealed.directory).ok


def test_frames_behind_a_killed_writers_marker_are_cut_and_told(
    sealed: Sealed, key: Ed25519PrivateKey, salt: Salt, exhibit: MakeExhibit
) -> None:
    directory = sealed.killed
    last = last_segment(directory)
    forged = frame_of(exhibit(66)) * 3
    append(last, forged)
    report = verify(directory)
    assert report.ok
    assert report.unsealed == 2
    assert any(f"{len(forged)} bytes at the end of segments/{last.name}" in w for w in report.warnings)
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        assert (log.size, log.recovery and log.recovery.bytes_cut) == (8, len(forged))
        log.seal(Instant(20))
    found = [found for _, found in read(directory)]
    assert len(found) == 10
    assert exhibit(66) not in found
    assert sha256(forged).hexdigest().encode() in found[8].payload
    assert verify(directory).ok


def test_a_planted_segment_is_cut_where_a_flush_would_have_begun_it_and_fails_elsewhere(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, exhibit: MakeExhibit
) -> None:
    for segment_bytes in (10**6, 900):
        directory = make_log(4, segment_bytes=segment_bytes, name=f"log-{segment_bytes}")
        with EvidenceLog.open(directory, key=key, salt=salt) as log:
            while log.size < 7 or last_segment(directory).stat().st_size < min(segment_bytes, 1000):
                log.record(exhibit(1))
                log.flush()
            size = log.size
        planted = f"segments/{size:020d}.seg"
        append(directory / planted, segment_header(size) + frame_of(exhibit(66)))
        if segment_bytes == 900:
            assert verify(directory).ok
            with EvidenceLog.open(directory, key=key, salt=salt) as log:
                assert log.size == size
                log.seal(Instant(20))
            assert verify(directory).ok
            assert exhibit(66) not in [found for _, found in read(directory)]
        else:
            assert verify(directory).ok is False
            with pytest.raises(VerificationError, match="segment_split"):
                EvidenceLog.open(directory, key=key, salt=salt)


def test_more_than_one_flush_behind_the_marker_fails(sealed: Sealed) -> None:
    last = last_segment(sealed.killed)
    os.truncate(last, last.stat().st_size + MOST_UNACKNOWLEDGED + 1)
    assert failures(sealed.killed) == {(Reason.TRAILING_DATA, f"segments/{last.name}")}
    assert sealed.refused(sealed.killed) is Reason.TRAILING_DATA


def frames_in(path: Path) -> list[bytes]:
    raw, at, found = path.read_bytes(), 16, []
    while at < len(raw):
        end = at + 8 + int.from_bytes(raw[at : at + 4], "big")
        found.append(raw[at:end])
        at = end
    return found


def test_durable_frames_cannot_be_changed_swapped_dropped_or_cut(
    sealed: Sealed, exhibit: MakeExhibit
) -> None:
    last = last_segment(sealed.killed)
    file, whole = f"segments/{last.name}", last.read_bytes()
    *before, one, two = frames_in(last)
    for tail in (
        frame_of(exhibit(50)) + two,
        one + frame_of(exhibit(66)),
        two + one,
        two,
        one,
        one + one,
        one + two[:-1],
        b"",
    ):
        last.write_bytes(whole[:16] + b"".join(before) + tail)
        found = {name for _, name in failures(sealed.killed)}
        assert found & {file, f"segments/{8:020d}.seg", f"segments/{7:020d}.seg"}, (tail, found)
        sealed.refused(sealed.killed)
    last.write_bytes(whole)
    assert verify(sealed.killed).ok


def test_frames_with_the_marker_taken_away_or_an_older_one_put_back(sealed: Sealed) -> None:
    """Fewer exhibits than were acknowledged: an older state, which the folder alone cannot tell from today's.

    What is behind the older marker is then nobody's. Against that, only something held elsewhere helps.
    """
    (sealed.killed / "unsealed").unlink()
    assert not verify(sealed.killed).ok
    assert sealed.refused(sealed.killed) in (Reason.TRAILING_DATA, Reason.UNEXPECTED_FILE)
    put(sealed.killed / "unsealed", sealed.markers[1])
    report = verify(sealed.killed)
    assert report.ok
    assert report.unsealed == 1
    assert any("are no exhibits" in warning for warning in report.warnings)


def test_a_seal_attests_only_what_its_writer_wrote(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, exhibit: MakeExhibit
) -> None:
    """Frames changed or added on the disk under a writer at work."""
    for number, forge in enumerate(
        (
            lambda whole, ours: whole + frame_of(exhibit(66)),
            lambda whole, ours: whole.replace(ours, frame_of(exhibit(50, b"forged 50!"))),
            lambda whole, ours: whole.replace(ours, b""),
        )
    ):
        directory = make_log(4, segment_bytes=10**6, name=f"log-{number}")
        held = (directory / "checkpoint").read_bytes()
        log = EvidenceLog.open(directory, key=key, salt=salt)
        log.record(exhibit(50))
        log.flush()
        last = last_segment(directory)
        last.write_bytes(forge(last.read_bytes(), frames_in(last)[-1]))
        with pytest.raises(VerificationError) as caught:
            log.seal(Instant(20))
        assert caught.value.reason in (Reason.TAIL_DIFFERS, Reason.TRAILING_DATA)
        log.close()
        assert (directory / "checkpoint").read_bytes() == held
        assert not verify(directory).ok


def test_a_segment_planted_before_a_writer_comes_to_it_is_not_attested(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, exhibit: MakeExhibit
) -> None:
    for name, content in (
        ("garbage", b"no header at all"),
        ("frame", segment_header(7) + frame_of(exhibit(66))),
    ):
        directory = make_log(4, segment_bytes=64, name=name)
        log = EvidenceLog.open(directory, key=key, salt=salt)
        log.record(exhibit(50))
        log.flush()
        (directory / "segments" / f"{7:020d}.seg").write_bytes(content)
        log.record(exhibit(51))
        log.flush()
        with pytest.raises(VerificationError):
            log.seal(Instant(20))
        log.close()
        assert not verify(directory).ok


def test_a_link_in_place_of_the_folder_fails_and_is_named(
    sealed: Sealed, key: Ed25519PrivateKey, salt: Salt
) -> None:
    link = sealed.directory.with_name("link")
    link.symlink_to(sealed.directory)
    assert failures(link) == {(Reason.NOT_A_FILE, "link")}
    assert sealed.refused(link) is Reason.NOT_A_FILE


def test_what_a_seal_does_not_leave_beside_the_log_is_named(sealed: Sealed) -> None:
    planted = sealed.directory.with_name(".evidence.sealing")
    (planted / "folder").mkdir(parents=True)
    (planted / "folder" / "letter.txt").write_bytes(b"words")
    assert verify(sealed.directory).ok, "beside the log is not the log"
    assert sealed.refused(sealed.directory) is Reason.UNEXPECTED_FILE
    (planted / "folder").rename(planted.with_name("folder"))
    planted.rmdir()
    planted.symlink_to("folder")
    assert sealed.refused(sealed.directory) is Reason.UNEXPECTED_FILE
    assert (planted / "letter.txt").read_bytes() == b"words", "what a link leads to is not removed"


def test_reopening_removes_nothing_that_a_seal_does_not_leave(sealed: Sealed) -> None:
    planted = sealed.killed / "tile" / "0" / "letter.txt"
    planted.write_bytes(b"words")
    assert sealed.refused(sealed.killed) is Reason.UNEXPECTED_FILE
    assert planted.read_bytes() == b"words"

# SPDX-License-Identifier: Apache-2.0
"""The tamper sweep: whatever is changed under the folder, a check fails and names the file."""

from __future__ import annotations

import itertools
import os
import random
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import (
    Direction,
    EvidenceLog,
    Exhibit,
    VerificationError,
    VerifyKey,
    VerifyReport,
    verify,
)
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.segment import HEAD, HEADER_BYTES
from swarmwitness.evidence.time import Cosignature, Cosigned, Query, Timestamped, WitnessKey
from swarmwitness.lab.authority import Authority
from swarmwitness.terms import Instant

ORIGIN = "example.org/log"
MakeLog = Callable[..., Path]


def files_of(directory: Path) -> list[str]:
    return sorted(str(p.relative_to(directory)) for p in directory.rglob("*") if p.is_file())


def named(report: VerifyReport) -> set[str]:
    return {failure.file for failure in report.failures}


def frame_spans(segment: Path) -> list[tuple[int, int]]:
    """(start, end) of each frame of a segment, by its length prefixes."""
    raw, at, spans = segment.read_bytes(), HEADER_BYTES, []
    while at < len(raw):
        end = at + HEAD.size + int.from_bytes(raw[at : at + 4], "big")
        spans.append((at, end))
        at = end
    return spans


def exhibit_at(directory: Path, file: str, offset: int) -> int | None:
    """Which exhibit a byte of a segment, entry bundle or leaf tile belongs to."""
    if file.startswith("segments/"):
        first = int(file[-24:-4])
        for place, (start, end) in enumerate(frame_spans(directory / file)):
            if start <= offset < end:
                return first + place
        return None
    parts = file.removeprefix("tile/").split("/")
    if parts[0] not in ("entries", "0"):
        return None
    number = int("".join(part.removesuffix(".p").strip("x") for part in parts[1:] if len(part) >= 3)[:3])
    return number * 256 + offset // (35 if parts[0] == "entries" else 32)


def flip(path: Path, offset: int, mask: int) -> None:
    with path.open("r+b") as stream:
        stream.seek(offset)
        byte = stream.read(1)[0]
        stream.seek(offset)
        stream.write(bytes((byte ^ mask,)))


def test_a_sealed_log_passes_every_check(make_log: MakeLog) -> None:
    report = verify(make_log(12))
    assert report.ok, report.failures
    assert report.size == 14
    assert report.unsealed == 0
    assert not report.warnings
    assert [check.number for check in report.checks] == list(range(1, 12))
    assert all(check.passed for check in report.checks)
    assert report.to_json()["ok"] is True
    report.raise_for_failure()


ROTATING = 0
SLOW = [pytest.param(mask, marks=pytest.mark.slow) for mask in (1, 2, 4, 8, 16, 32, 64, 128, 255)]


@pytest.mark.parametrize("mask", [ROTATING, *SLOW])
def test_every_flipped_byte_of_every_file_is_caught_and_named(make_log: MakeLog, mask: int) -> None:
    """One byte at a time, all of a log of 14 exhibits in several segments."""
    directory = make_log(12)
    flipped = 0
    for file in files_of(directory):
        for offset in range((directory / file).stat().st_size):
            exhibit = exhibit_at(directory, file, offset)
            bits = mask or 1 << offset * 5 % 8
            flip(directory / file, offset, bits)
            report = verify(directory)
            flip(directory / file, offset, bits)
            flipped += 1
            assert not report.ok, f"{file} byte {offset}"
            assert file in named(report), f"{file} byte {offset}: {report.failures}"
            if exhibit is not None:
                numbers = {failure.exhibit for failure in report.failures if failure.file == file}
                assert numbers == {exhibit}, f"{file} byte {offset}: {report.failures}"
                assert named(report) == {file}, f"{file} byte {offset}: {report.failures}"
    assert flipped > 3000
    assert verify(directory).ok


@pytest.fixture
def mixed(
    make_log: MakeLog,
    key: Ed25519PrivateKey,
    salt: Callable[[int], bytes],
    exhibit: Callable[..., Exhibit],
    erase: Callable[[Path, Iterable[int]], int],
) -> Path:
    """Plain, encrypted and erased exhibits, a token of a real authority and a witness's cosignature."""
    if shutil.which("openssl") is None:
        pytest.skip("the command `openssl` is not installed")
    directory = make_log(5)
    authority = Authority.make(directory.with_name("authority"))
    with EvidenceLog.open(directory, key=key, salt=salt, content_key=bytes(32)) as log:
        for number in range(5, 10):
            log.record(exhibit(number))
        sealed = log.seal(Instant(2 * 10**18))
        query = Query.about(sealed.to_wire(), bytes(range(1, 9))).to_wire()
        token = Timestamped("http://tsa.example/", sealed, query, authority.reply(query), authority.roots_pem)
        name, witness = "witness.example/w", Ed25519PrivateKey.from_private_bytes(b"w" * 32)
        line = Cosignature.sign(sealed.note, name, witness, 1_800_000_000)
        cosigned = Cosigned(sealed, WitnessKey.of(name, witness), line)
        for kind, payload in (("time", token.to_payload()), ("witness", cosigned.to_payload())):
            log.record(Exhibit(kind, Direction.NONE, Instant(2 * 10**18), "v", 0, None, None, payload))
        log.seal(Instant(2 * 10**18))
    erase(directory, (2, 3, 8, 9))
    return directory


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_flips_in_a_log_with_erased_encrypted_and_telling_exhibits_are_named(mixed: Path, step: int) -> None:
    """Tokens included; of the files that a plain log has just so, every eleventh byte is enough."""
    report = verify(mixed)
    assert report.ok, report.failures
    assert (report.size, report.erased, report.encrypted) == (18, 4, 3)
    assert report.assurance is not None
    assert (len(report.assurance.tokens), len(report.assurance.cosignatures)) == (1, 1)
    flipped = 0
    for file in files_of(mixed):
        for offset in range(0, (mixed / file).stat().st_size, step if file.startswith("segments") else 11):
            exhibit = exhibit_at(mixed, file, offset)
            flip(mixed / file, offset, 1 << offset * 5 % 8)
            report = verify(mixed)
            flip(mixed / file, offset, 1 << offset * 5 % 8)
            flipped += 1
            assert not report.ok, f"{file} byte {offset}"
            assert file in named(report), f"{file} byte {offset}: {report.failures}"
            if exhibit is not None:
                assert {(f.file, f.exhibit) for f in report.failures} == {(file, exhibit)}, (file, offset)
    assert flipped > 1000
    assert verify(mixed).ok


def test_flips_in_a_log_with_full_tiles_are_named(make_log: MakeLog) -> None:
    """All of the upper tiles, and a seeded sample of the rest, in a log of 602 exhibits."""
    directory = make_log(600, segment_bytes=20_000)
    rng = random.Random(7)
    for file in files_of(directory):
        size = (directory / file).stat().st_size
        offsets = range(0, size, 7) if file.startswith(("tile/1", "tile/2")) else rng.sample(range(size), 12)
        for offset in offsets:
            mask = 1 << rng.randrange(8)
            exhibit = exhibit_at(directory, file, offset)
            flip(directory / file, offset, mask)
            report = verify(directory)
            flip(directory / file, offset, mask)
            assert named(report) == {file}, f"{file} byte {offset}: {report.failures}"
            if exhibit is not None:
                assert {failure.exhibit for failure in report.failures} == {exhibit}
    assert verify(directory).ok


def test_a_missing_file_is_named(make_log: MakeLog, tmp_path: Path) -> None:
    directory = make_log(300, segment_bytes=9000)
    for file in files_of(directory):
        (directory / file).rename(tmp_path / "aside")
        report = verify(directory)
        (tmp_path / "aside").rename(directory / file)
        assert file in named(report), report.failures


def test_a_renamed_file_is_named(make_log: MakeLog) -> None:
    directory = make_log(300, segment_bytes=9000)
    for file in files_of(directory):
        path = directory / file
        for other in (path.with_name(path.name + "x"), path.with_name("000000000000000000" + path.name)):
            path.rename(other)
            report = verify(directory)
            other.rename(path)
            assert file in named(report), report.failures


@pytest.mark.parametrize(
    "extra",
    [
        "notes.txt",
        ".hidden",
        "checkpoint.bak",
        "segments/00000000000000000099.seg",
        "segments/00000000000000000014.seg",
        "segments/readme",
        "tile/0/000.p/3",
        "tile/0/000",
        "tile/1/000.p/1",
        "tile/entries/001.p/1",
        "tile/0/000.p/014",
        "tile/0/x000/000.p/14",
        "sealing/0",
        "deep/er/file",
    ],
)
@pytest.mark.parametrize("content", [b"", b"some bytes"])
def test_an_added_file_is_named(make_log: MakeLog, extra: str, content: bytes) -> None:
    directory = make_log(12)
    (directory / extra).parent.mkdir(parents=True, exist_ok=True)
    (directory / extra).write_bytes(content)
    report = verify(directory)
    assert not report.ok
    assert extra in named(report), report.failures


def test_a_copy_of_a_file_of_the_log_under_another_name_is_named(make_log: MakeLog) -> None:
    directory = make_log(300, segment_bytes=9000)
    for file in files_of(directory):
        extra = directory / f"{file}.copy"
        shutil.copy(directory / file, extra)
        report = verify(directory)
        extra.unlink()
        assert f"{file}.copy" in named(report)


def test_an_added_folder_and_things_that_are_no_files_are_named(make_log: MakeLog, tmp_path: Path) -> None:
    directory = make_log(12)
    (directory / "tile" / "0" / "x000").mkdir()
    assert named(verify(directory)) == {"tile/0/x000"}
    (directory / "tile" / "0" / "x000").rmdir()
    checkpoint = directory / "checkpoint"
    checkpoint.rename(tmp_path / "checkpoint")
    checkpoint.symlink_to(tmp_path / "checkpoint")
    assert "checkpoint" in named(verify(directory)), "a link to the right content is not the file"
    checkpoint.unlink()
    os.mkfifo(checkpoint)
    assert "checkpoint" in named(verify(directory)), "and a pipe does not hang"
    checkpoint.unlink()
    (tmp_path / "checkpoint").rename(checkpoint)
    os.mkfifo(directory / "segments" / "00000000000000000014.seg")
    assert "segments/00000000000000000014.seg" in named(verify(directory))


def test_a_truncated_or_lengthened_file_is_named(make_log: MakeLog) -> None:
    directory = make_log(12)
    for file in files_of(directory):
        whole = (directory / file).read_bytes()
        for changed in (
            whole[:-1],
            whole[: len(whole) // 2],
            b"",
            whole + b"\0",
            whole + whole,
            whole + b"\n",
        ):
            (directory / file).write_bytes(changed)
            report = verify(directory)
            assert file in named(report), f"{file}: {report.failures}"
        (directory / file).write_bytes(whole)
    assert verify(directory).ok


def test_swapped_files_are_named(make_log: MakeLog, tmp_path: Path) -> None:
    directory = make_log(300, segment_bytes=9000)
    files = files_of(directory)
    for one, other in itertools.pairwise(files):
        before = (directory / one).read_bytes(), (directory / other).read_bytes()
        (directory / one).write_bytes(before[1])
        (directory / other).write_bytes(before[0])
        report = verify(directory)
        (directory / one).write_bytes(before[0])
        (directory / other).write_bytes(before[1])
        assert named(report) & {one, other}, f"{one} and {other}: {report.failures}"


def test_swapped_exhibits_are_named(make_log: MakeLog) -> None:
    directory = make_log(12, segment_bytes=100_000)
    segment = directory / "segments" / "00000000000000000000.seg"
    raw = segment.read_bytes()
    spans = frame_spans(segment)
    (a, b), (c, d) = spans[3], spans[5]
    segment.write_bytes(raw[:a] + raw[c:d] + raw[b:c] + raw[a:b] + raw[d:])
    report = verify(directory)
    assert {failure.exhibit for failure in report.failures} == {3, 5}
    assert named(report) == {"segments/00000000000000000000.seg"}


def test_a_dropped_exhibit_is_caught(make_log: MakeLog) -> None:
    directory = make_log(12, segment_bytes=100_000)
    segment = directory / "segments" / "00000000000000000000.seg"
    raw = segment.read_bytes()
    start, end = frame_spans(segment)[4]
    segment.write_bytes(raw[:start] + raw[end:])
    report = verify(directory)
    assert named(report) == {"segments/00000000000000000000.seg"}, report.failures
    assert min(f.exhibit for f in report.failures if f.exhibit is not None) == 4


def test_a_segment_split_elsewhere_is_caught(make_log: MakeLog) -> None:
    """The same exhibits under the same root, in other files: the set of files is part of the promise."""
    directory = make_log(12, segment_bytes=100_000)
    segment = directory / "segments" / "00000000000000000000.seg"
    raw = segment.read_bytes()
    cut = frame_spans(segment)[4][0]
    segment.write_bytes(raw[:cut])
    other = directory / "segments" / "00000000000000000004.seg"
    other.write_bytes(b"SWSEG001" + (4).to_bytes(8, "big") + raw[cut:])
    reasons = {failure.reason for failure in verify(directory).failures}
    assert reasons == {Reason.SEGMENT_SPLIT}


def test_a_log_rewritten_by_its_key_holder_needs_a_checkpoint_held_elsewhere(
    make_log: MakeLog, key: Ed25519PrivateKey, exhibit: Callable[..., Exhibit], salt: Callable[[int], bytes]
) -> None:
    directory = make_log(5)
    held = (directory / "checkpoint").read_bytes()
    shutil.rmtree(directory)
    with EvidenceLog.create(directory, origin=ORIGIN, key=key, salt=salt, at=Instant(7)) as log:
        for number in range(9):
            log.record(exhibit(number + 100))
        log.seal(Instant(9))
    assert verify(directory).ok, "alone, the folder cannot tell"
    report = verify(directory, checkpoint=held)
    assert [failure.reason for failure in report.failures] == [Reason.FORKED]


def test_a_rolled_back_log_is_caught_against_a_later_checkpoint(
    make_log: MakeLog, key: Ed25519PrivateKey, exhibit: Callable[..., Exhibit], salt: Callable[[int], bytes]
) -> None:
    directory = make_log(5)
    early = directory.with_name("early")
    shutil.copytree(directory, early)
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        log.record(exhibit(50))
        held = log.seal(Instant(11)).to_wire()
    assert verify(directory, checkpoint=held).ok
    assert verify(directory, checkpoint=(early / "checkpoint").read_bytes()).ok, "an older one is a part"
    report = verify(early, checkpoint=held)
    assert [failure.reason for failure in report.failures] == [Reason.ROLLED_BACK]


def test_another_key_is_caught_when_the_right_one_is_known(make_log: MakeLog, key: Ed25519PrivateKey) -> None:
    directory = make_log(5)
    assert verify(directory, key=VerifyKey.of(ORIGIN, key)).ok
    other = VerifyKey.of(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"o" * 32))
    reasons = {failure.reason for failure in verify(directory, key=other).failures}
    assert reasons == {Reason.KEY_DIFFERS, Reason.CHECKPOINT_SIGNATURE}


def test_a_checkpoint_of_another_log_is_refused(make_log: MakeLog, key: Ed25519PrivateKey) -> None:
    directory = make_log(5)
    foreign = Checkpoint.sign("example.org/other", 3, bytes(32), key).to_wire()
    assert {f.reason for f in verify(directory, checkpoint=foreign).failures} == {Reason.CHECKPOINT_FOREIGN}
    assert {f.reason for f in verify(directory, checkpoint=b"no").failures} == {Reason.CHECKPOINT_FOREIGN}


def test_a_signed_root_over_other_exhibits_is_caught(make_log: MakeLog, key: Ed25519PrivateKey) -> None:
    directory = make_log(5)
    wrong = Checkpoint.sign(ORIGIN, 7, bytes(32), key)
    (directory / "checkpoint").write_bytes(wrong.to_wire())
    report = verify(directory)
    assert [(f.reason, f.file) for f in report.failures] == [(Reason.CHECKPOINT_ROOT, "checkpoint")]


def test_a_checkpoint_of_an_absurd_size_ends_soon(make_log: MakeLog, key: Ed25519PrivateKey) -> None:
    directory = make_log(5)
    (directory / "checkpoint").write_bytes(Checkpoint.sign(ORIGIN, 10**17, bytes(32), key).to_wire())
    assert not verify(directory).ok


def test_a_folder_that_is_no_log_fails_and_does_not_raise(tmp_path: Path) -> None:
    assert not verify(tmp_path / "nothing").ok
    assert named(verify(tmp_path)) == {"log.vkey"}
    with pytest.raises(VerificationError) as caught:
        verify(tmp_path).raise_for_failure()
    assert caught.value.reason is Reason.MISSING_FILE


def test_damage_everywhere_gives_a_report_that_ends(make_log: MakeLog) -> None:
    directory = make_log(1500, segment_bytes=10**6)
    segment = directory / "segments" / "00000000000000000000.seg"
    tile = bytearray((directory / "tile/0/000").read_bytes())
    (directory / "tile/0/000").write_bytes(bytes(byte ^ 1 for byte in tile))
    for number in range(1200):
        (directory / f"stray-{number}").touch()
    report = verify(directory)
    assert report.failures_total >= 256 + 700
    assert len(report.failures) <= 1000
    assert segment.exists()


def test_world_readable_files_are_a_warning(make_log: MakeLog) -> None:
    directory = make_log(3)
    (directory / "checkpoint").chmod(0o644)
    report = verify(directory)
    assert report.ok
    assert any("others" in warning for warning in report.warnings)


def test_a_writer_at_work_is_mentioned(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Callable[[int], bytes]
) -> None:
    directory = make_log(3)
    with EvidenceLog.open(directory, key=key, salt=salt):
        assert any("writer is at work" in warning for warning in verify(directory).warnings)
    assert not verify(directory).warnings


def test_progress_is_told_after_each_segment(make_log: MakeLog) -> None:
    directory, told = make_log(30), list[int]()
    report = verify(directory, on_progress=told.append)
    assert told == sorted(told)
    assert told[-1] == report.size + report.unsealed
    assert len(told) == len(list((directory / "segments").iterdir()))

# SPDX-License-Identifier: Apache-2.0
"""Writing a bundle: built beside its place and renamed in, so that a bundle is there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence.access import read_file
from swarmwitness.evidence.bundle import layout
from swarmwitness.evidence.bundle.bag import BAGIT_TEXT, BagInfo, is_line, manifest_text, tag_hashes
from swarmwitness.evidence.bundle.canonical import to_canonical
from swarmwitness.evidence.bundle.dsse import Envelope, Statement
from swarmwitness.evidence.bundle.excerpt import Prover, Survey, commitments, survey
from swarmwitness.evidence.bundle.layout import LogEntry, exhibit_path, log_path
from swarmwitness.evidence.bundle.readme import readme
from swarmwitness.evidence.envelope import exhibit_key
from swarmwitness.evidence.failure import Reason, VerificationError
from swarmwitness.evidence.files import FILE_MODE, FOLDER_MODE, sync_folder, write_all
from swarmwitness.evidence.layout import VKEY
from swarmwitness.evidence.note import MAX_NOTE, VerifyKey
from swarmwitness.evidence.proof_text import ConsistencyProof, InclusionProof
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.reading import read_bodies
from swarmwitness.evidence.segment import SALT_BYTES
from swarmwitness.terms import InputError

STANDALONE_FILE = Path(__file__).parent / "standalone" / "verify_standalone.py"
_ENVELOPE_VERSION = 2


@dataclass(frozen=True, slots=True)
class LogExcerpt:
    """What a bundle is to show of one log.

    Attributes:
        name: Where the log lies in the case: `evidence`, `custody`, `vantages/NAME`.
        directory: Its folder, which was verified.
        chosen: What was asked for; what is always in comes by itself.
        opened: Of these, what is disclosed; the kinds that hold no addresses are disclosed by themselves.
        content_key: Opens envelopes; None where the log has none.
        withheld: Exhibits that are not disclosed although their kind would be.
    """

    name: str
    directory: Path
    chosen: Ranges
    opened: Ranges = field(default_factory=Ranges)
    content_key: bytes | None = field(default=None, repr=False)
    withheld: Ranges = field(default_factory=Ranges)


@dataclass(frozen=True, slots=True)
class Cover:
    """What a bundle says of itself.

    Attributes:
        case: The case's name.
        filter: What was asked for, verbatim; one line.
        agent: Software, `swarmwitness VERSION`.
        date: YYYY-MM-DD.
        fields: Further plain values for filter.json: by, when, why, opened, fields.
    """

    case: str
    filter: str
    agent: str
    date: str
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Made:
    """A bundle that was written.

    Attributes:
        manifest_sha256: Of manifest-sha256.txt, in hexadecimal; it stands for the whole bundle.
        files: Files below data/.
        payload_bytes: Their bytes.
        logs: What of each log is in it.
    """

    manifest_sha256: str
    files: int
    payload_bytes: int
    logs: tuple[LogEntry, ...]


def write_bundle(
    out: Path,
    logs: Sequence[LogExcerpt],
    files: Mapping[str, bytes],
    *,
    cover: Cover,
    key: Ed25519PrivateKey,
) -> Made:
    """Write a bundle.

    Args:
        out: A folder that must not exist.
        files: Further files below data/ by path: rows, custody.csv, drafts, results.
        key: Of the log named `custody`, or the first log where there is none.

    Raises:
        InputError: `out` exists, too many exhibits.
        ValueError: a file, name or key that no bundle has.
        VerificationError: a log does not hold what its entries say.
    """
    _check(out, logs, files, cover)
    fresh = out.with_name(f".{out.name}.bundling")
    if fresh.exists():
        rmtree(fresh)  # left of an interrupted bundling; it was never a bundle
    fresh.mkdir(mode=FOLDER_MODE)
    try:
        made = _Writer(fresh).run(logs, files, cover, key)
        os.sync()  # one for all: there may be tens of thousands of files
        fresh.rename(out)
        sync_folder(out.parent)
    except BaseException:
        rmtree(fresh, ignore_errors=True)
        raise
    return made


def _check(out: Path, logs: Sequence[LogExcerpt], files: Mapping[str, bytes], cover: Cover) -> None:
    if os.path.lexists(out):
        raise InputError("exists already; a bundle is never written over anything", file=str(out))
    if not out.parent.is_dir():
        raise InputError("no such folder", file=str(out.parent))
    if not 0 < len(logs) <= layout.MOST_LOGS:
        raise InputError(f"a bundle shows 1 to {layout.MOST_LOGS} logs, not {len(logs)}")
    for text in (cover.case, cover.filter, cover.agent):
        if not is_line(text):
            raise ValueError(f"not one line of text: {text!r}")
    for path in files:
        known = path in layout.OPTIONAL_FILES or path.startswith(layout.OPTIONAL_FOLDERS)
        if not known or not layout.is_path(path):
            raise ValueError(f"no bundle holds a file {path!r}")


class _Writer:
    """One bundle in the making; remembers the hash of each file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._hashes: dict[str, str] = {}
        self._bytes = 0

    def run(
        self, logs: Sequence[LogExcerpt], files: Mapping[str, bytes], cover: Cover, key: Ed25519PrivateKey
    ) -> Made:
        surveys = [survey(log.directory, log.name) for log in logs]
        entries = _entries(logs, surveys)
        signer = signing_number(entries)
        signing_log = logs[signer - 1]
        vkey = read_file(signing_log.directory, VKEY, MAX_NOTE)
        if vkey != VerifyKey.of(entries[signer - 1].origin, key).to_text().encode() + b"\n":
            raise ValueError(f"not the key of the log {signing_log.name}")
        for number, (log, entry, found) in enumerate(zip(logs, entries, surveys, strict=True), 1):
            keyed = self._log(number, log, entry, found)
            entries[number - 1] = _with_keys(entry, keyed)
        self._put(layout.LOGS, layout.logs_to_wire(tuple(entries)))
        self._put(layout.FILTER, _filter(cover))
        self._put(layout.STANDALONE, STANDALONE_FILE.read_bytes())
        self._put(layout.README, readme(cover.case, cover.filter, entries))
        for path, content in files.items():
            self._put(path, content)
        return self._sign(tuple(entries), cover, key, signer)

    def _log(self, number: int, log: LogExcerpt, entry: LogEntry, found: Survey) -> Ranges:
        checkpoint = found.checkpoint.to_wire()
        self._put(log_path(number, "log.vkey"), read_file(log.directory, VKEY, MAX_NOTE))
        self._put(log_path(number, "checkpoint"), checkpoint)
        prover = Prover(log.directory, entry.size)
        claimed: dict[int, bytes] = {}
        for index, commitment in commitments(log.directory, entry.size, entry.chosen):
            proof = InclusionProof(index, prover.inclusion(index), checkpoint)
            self._put(exhibit_path(number, index, "tlog-proof"), proof.to_text())
            self._put(exhibit_path(number, index, "commitment"), commitment.hex().encode() + b"\n")
            if index in entry.opened:
                claimed[index] = commitment
        for size, _ in entry.earlier:
            proof_of = ConsistencyProof(size, prover.earlier(size)[1], checkpoint)
            self._put(layout.consistency_path(number, size), proof_of.to_text())
        return self._open(number, log, entry, claimed)

    def _open(self, number: int, log: LogExcerpt, entry: LogEntry, claimed: Mapping[int, bytes]) -> Ranges:
        """Write the opened exhibits; returns which of them came with a key."""
        keyed = []
        for index, body in read_bodies(log.directory, entry.opened):
            if sha256(body).digest() != claimed[index]:
                raise VerificationError(Reason.COMMITMENT, index, log.name)
            self._put(exhibit_path(number, index, "exhibit"), body)
            if body[SALT_BYTES] == _ENVELOPE_VERSION and log.content_key is not None:
                opener = exhibit_key(body, log.content_key)
                self._put(exhibit_path(number, index, "key"), opener.hex().encode() + b"\n")
                keyed.append(index)
        return Ranges.of(keyed)

    def _sign(self, logs: tuple[LogEntry, ...], cover: Cover, key: Ed25519PrivateKey, signer: int) -> Made:
        files, size, case, text = len(self._hashes), self._bytes, cover.case, cover.filter
        info = BagInfo(cover.agent, cover.date, size, files, case, text)
        tags = {layout.BAGIT: BAGIT_TEXT, layout.BAG_INFO: info.to_wire()}
        tags[layout.MANIFEST] = manifest_text(self._hashes)
        subject = {name: sha256(content).hexdigest() for name, content in tags.items()}
        statement = Statement(subject, predicate(case, text, logs))
        tags[layout.STATEMENT] = Envelope.sign(statement, logs[signer - 1].origin, key).to_wire()
        tags[layout.TAG_MANIFEST] = manifest_text(tag_hashes(tags))
        for name, content in tags.items():
            self._write(name, content)
        return Made(subject[layout.MANIFEST], files, size, logs)

    def _put(self, path: str, content: bytes) -> None:
        self._hashes[path] = sha256(content).hexdigest()
        self._bytes += len(content)
        self._write(path, content)

    def _write(self, path: str, content: bytes) -> None:
        place = self._folder / path
        for folder in reversed(place.relative_to(self._folder).parents):
            (self._folder / folder).mkdir(mode=FOLDER_MODE, exist_ok=True)
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
        try:
            write_all(handle, content)
        finally:
            os.close(handle)


def signing_number(logs: Sequence[LogEntry]) -> int:
    """The directory number of the log whose key signs the statement."""
    named = [number for number, log in enumerate(logs, 1) if log.name == layout.CUSTODY]
    return named[0] if named else 1


def predicate(case: str, text: str, logs: Sequence[LogEntry]) -> dict[str, object]:
    """What the statement says besides the hashes."""
    kept = ("origin", "root", "size")
    listed = [{name: log.to_plain()[name] for name in kept} for log in logs]
    return {"bundle": layout.BUNDLE_FORMAT, "case": case, "filter": text, "logs": listed}


def _entries(logs: Sequence[LogExcerpt], surveys: Sequence[Survey]) -> list[LogEntry]:
    entries = []
    for log, found in zip(logs, surveys, strict=True):
        chosen = (log.chosen | found.standing) & Ranges.merged([(0, found.checkpoint.size)])
        erased = chosen & found.erased
        opened = (chosen & (log.opened | (found.plain - log.withheld))) - erased
        prover = Prover(log.directory, found.checkpoint.size)
        earlier = tuple((size, prover.earlier(size)[0]) for size in found.earlier())
        checkpoint = found.checkpoint
        entries.append(
            LogEntry(
                log.name,
                checkpoint.origin,
                checkpoint.size,
                checkpoint.root,
                chosen,
                opened,
                Ranges(),
                erased,
                earlier,
            )
        )
    count = sum(len(entry.chosen) for entry in entries)
    if count > layout.MOST_EXHIBITS:
        raise InputError(
            f"{count:,} exhibits are more than a bundle holds ({layout.MOST_EXHIBITS:,}); narrow the filter"
        )
    return entries


def _with_keys(entry: LogEntry, keyed: Ranges) -> LogEntry:
    return replace(entry, keyed=keyed)


def _filter(cover: Cover) -> bytes:
    return to_canonical({**cover.fields, "case": cover.case, "filter": cover.filter})

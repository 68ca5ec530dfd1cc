# SPDX-License-Identifier: Apache-2.0
"""The append-only log: exhibits in, durable frames and signed checkpoints out.

Theory of operation: `record` packs an exhibit into a frame in memory (observed); `flush` writes
and fsyncs, then signs for what is there (durable); `seal` puts everything durable under a signed
checkpoint (sealed, in order). `record` is the hot path of an observer that writes 25,000 exhibits a
second, so it packs, hashes once and appends to one buffer; all tree work waits for `seal`, which reads
the frames back from the disk and compares them with what was written. The index that `record`
returns is settled once `flush` has returned: what a crash takes before that was never durable, and
its number is given to the next exhibit.

There is no lock file: the lock is an flock on the folder itself, so that nothing unsealed lies in
it. Evidence has no clock and no entropy: both are arguments.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from types import TracebackType

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence.access import list_segments, read_file
from swarmwitness.evidence.acts import Creation, recovered, sealed
from swarmwitness.evidence.announcement import check_act
from swarmwitness.evidence.appending import SegmentWriter
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.envelope import close, key_id
from swarmwitness.evidence.erasure import announced_so_far, announcing, carry_out, clear
from swarmwitness.evidence.exhibit import Direction, Exhibit, pack_end, pack_head, pack_numbers
from swarmwitness.evidence.failure import Reason, VerificationError
from swarmwitness.evidence.files import (
    FOLDER_MODE,
    place_whole,
    sync_folder,
    write_new,
)
from swarmwitness.evidence.layout import (
    README,
    README_TEXT,
    SEALING,
    SEGMENTS,
    UNSEALED,
    VKEY,
    beside,
    segment_first,
    segment_path,
)
from swarmwitness.evidence.marker import Marker, TailHash
from swarmwitness.evidence.merkle import EMPTY_ROOT
from swarmwitness.evidence.note import MAX_NOTE, VerifyKey
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.recovery import Opened, Recovery, reopen
from swarmwitness.evidence.sealing import Staging, publish, seal_frames
from swarmwitness.evidence.segment import FLUSH_BYTES, HEAD, HEADER_BYTES, SALT_BYTES, SEGMENT_BYTES
from swarmwitness.evidence.statement import PLAIN_KINDS
from swarmwitness.evidence.tree import Tree
from swarmwitness.terms import Endpoint, InputError, Instant

_SALTS_AT_ONCE = 256
_HEADS_KEPT = 1024
_Ends = tuple[Endpoint | None, Endpoint | None, bytes]


class LogBusyError(Exception):
    """Another writer holds the log."""


class LogBrokenError(Exception):
    """A write failed earlier; only opening the log again can say what is durable."""


class EvidenceLog:
    """One writer's view of a log. Use `create` or `open`; also a context manager.

    Closing flushes but does not seal: only the caller knows the instant of a seal.
    """

    def __init__(
        self,
        directory: Path,
        creation: Creation,
        key: Ed25519PrivateKey,
        salt: Callable[[int], bytes],
        content_key: bytes | None = None,
    ) -> None:
        """For `create` and `open`: an empty log, locked; nothing is read or written yet."""
        self._directory, self._creation, self._key, self._salt = directory, creation, key, salt
        self._content_key = content_key
        self._lock: int | None = _lock(directory)
        self._segments = SegmentWriter(directory, 0)
        self._staging = Staging(directory)
        self._tree = Tree(self._staging.write)
        self._checkpoint: Checkpoint | None = None
        self._recovery: Recovery | None = None
        self._untold: Recovery | None = None
        self._tail = TailHash(EMPTY_ROOT)
        self._commitments: list[bytes] = []
        self._size = self._durable = self._salt_at = 0
        self._end = HEADER_BYTES
        self._sealed_end = (0, HEADER_BYTES)
        self._buffer, self._salts = bytearray(), b""
        self._heads: dict[tuple[str, Direction, str], bytes] = {}
        self._ends: dict[int, _Ends] = {}
        self._local: tuple[Endpoint | None, bytes] = None, pack_end(None)
        self._marked = self._broken = False

    @classmethod
    def create(
        cls,
        directory: Path,
        *,
        origin: str,
        key: Ed25519PrivateKey,
        salt: Callable[[int], bytes],
        at: Instant,
        segment_bytes: int = SEGMENT_BYTES,
        content_key: bytes | None = None,
    ) -> EvidenceLog:
        """Begin a log: an explicit act, recorded as exhibit 0 and sealed at once.

        Args:
            directory: The evidence folder; it must not exist, or be empty.
            origin: The log's name for ever: visible ASCII without blanks and plus.
            key: Signs the checkpoints; it must not lie in the folder, nor near it.
            salt: Gives that many bytes of entropy (`os.urandom`), now and later.
            at: The instant of creation.
            segment_bytes: A new segment begins with the first exhibit after so many bytes.
            content_key: 32 bytes kept apart from the log; exhibits are then written encrypted, but for
                those of `PLAIN_KINDS`.

        Raises:
            FileExistsError: there is a log, or anything else, already.
            ValueError: an origin that no key can be named after, or no such content key.
        """
        if content_key is not None:
            key_id(content_key)
        creation = Creation(VerifyKey.of(origin, key), segment_bytes)
        if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
            raise FileExistsError(f"{directory} is not empty; a log is never created over anything")
        # Built beside and renamed, so that a folder either is a whole log or is not there.
        fresh = beside(directory, "creating")
        if fresh.exists():
            raise FileExistsError(f"{fresh} is left of an interrupted creation; it holds nothing, remove it")
        fresh.mkdir(mode=FOLDER_MODE)
        try:
            cls._begin(fresh, creation, key, salt, at)
        except Exception:
            for made in (fresh, beside(fresh, SEALING)):
                rmtree(made, ignore_errors=True)  # nothing in it was ever evidence
            raise
        fresh.rename(directory)
        sync_folder(directory.parent)
        return cls.open(directory, key=key, salt=salt, content_key=content_key)

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        key: Ed25519PrivateKey,
        salt: Callable[[int], bytes],
        content_key: bytes | None = None,
    ) -> EvidenceLog:
        """Go on with a log; see `recovery` for what a killed writer had left.

        Raises:
            LogBusyError: another writer is at work.
            VerificationError: there is no log, or it is not what a writer with this key leaves.
        """
        if directory.is_symlink():
            raise VerificationError(Reason.NOT_A_FILE, None, directory.name, "a link; open what it leads to")
        if content_key is not None:
            key_id(content_key)  # refuses what is none before anything is opened
        public = VerifyKey.of(_origin(directory), key)
        log = cls(directory, Creation(public, SEGMENT_BYTES), key, salt, content_key)
        try:
            log._resume(reopen(directory, public, log._staging.write))
            log._staging.clear()
            clear(directory)
        except BaseException:
            log.close()
            raise
        return log

    @classmethod
    def _begin(
        cls,
        fresh: Path,
        creation: Creation,
        key: Ed25519PrivateKey,
        salt: Callable[[int], bytes],
        at: Instant,
    ) -> None:
        """Fill a new folder with a log of one sealed exhibit."""
        (fresh / SEGMENTS).mkdir(mode=FOLDER_MODE)
        write_new(fresh / README, README_TEXT)
        write_new(fresh / VKEY, creation.key.to_text().encode() + b"\n")
        with cls(fresh, creation, key, salt) as log:
            log._staging.clear()
            log.record(creation.to_exhibit(at))
            log.flush()
            log._publish()

    def _resume(self, found: Opened) -> None:
        self._checkpoint, self._creation, self._tree = found.checkpoint, found.creation, found.tree
        self._size = self._durable = found.size
        self._sealed_end, self._marked, self._tail = found.sealed_end, found.marked, found.tail
        self._commitments = found.commitments
        self._recovery = found.recovery
        self._untold = found.recovery if found.marked else None
        first, self._end = found.end
        self._segments.begin(first)

    @property
    def origin(self) -> str:
        """The log's name."""
        return self._creation.key.name

    @property
    def size(self) -> int:
        """Exhibits recorded, durable or not."""
        return self._size

    @property
    def durable(self) -> int:
        """Exhibits that a crash cannot take."""
        return self._durable

    @property
    def recovery(self) -> Recovery | None:
        """What `open` found unsealed and cut; None after a writer that had sealed.

        The act `log-recovered` tells it in the log, before the next exhibit and with that one's instant.
        """
        return self._recovery

    def record(self, exhibit: Exhibit) -> int:
        """Append an exhibit to the buffer; returns its index (see the theory of operation).

        Raises:
            ValueError: a field that the record cannot hold; nothing is appended.
            OSError, LogBrokenError: as `flush`.
        """
        if self._broken or self._untold is not None:
            self._check()
            self._tell(exhibit.at)
        name = (exhibit.kind, exhibit.direction, exhibit.vantage)
        head = self._heads.get(name) or self._keep_head(*name)
        local, remote = exhibit.local, exhibit.remote
        ends = self._ends.get(id(remote))
        if ends is None or ends[0] is not local or ends[1] is not remote:
            ends = self._keep_ends(local, remote)
        record = b"".join((head, pack_numbers(exhibit), ends[2], exhibit.payload))
        if self._end >= self._creation.segment_bytes:
            self._roll()
        at = self._salt_at
        if at == len(self._salts):
            self._draw_salts()
            at = 0
        self._salt_at = at + SALT_BYTES
        salt = self._salts[at : at + SALT_BYTES]
        if self._content_key is not None and exhibit.kind not in PLAIN_KINDS:
            record = close(record, salt, self._content_key)
        body = salt + record
        commitment = sha256(body).digest()
        self._commitments.append(commitment)
        length = len(body)
        self._buffer += HEAD.pack(length, commitment)
        self._buffer += body
        self._end += HEAD.size + length
        index = self._size
        self._size = index + 1
        if len(self._buffer) >= FLUSH_BYTES:
            self.flush()
        return index

    def flush(self) -> None:
        """Write and fsync what is buffered, then place the marker that signs for it.

        Killed before that, the frames are on the disk and nobody's: the next writer cuts them off.

        Raises:
            OSError: the disk refused; the log is then broken and must be opened again.
            LogBrokenError: it was broken before, or closed.
        """
        self._check()
        if not self._buffer:
            return
        self._broken = True  # until the disk has said yes
        if not self._marked:
            self._mark(self._durable)  # a writer goes ahead of its checkpoint: none of it counts yet
        self._tail.add_raw(self._buffer)
        self._segments.append(self._buffer)
        self._buffer.clear()
        self._mark(self._size)
        self._durable = self._size
        self._broken = False

    def seal(self, at: Instant) -> Checkpoint:
        """Flush, record the act of sealing, and sign a checkpoint over everything.

        Where nothing was recorded since the last checkpoint, that one is returned.

        Raises:
            VerificationError: the disk does not hold what was written.
            OSError, LogBrokenError: as `flush`.
        """
        self._check()
        self._tell(at)
        if self._checkpoint is not None and self._size == self._checkpoint.size:
            return self._checkpoint
        self.record(sealed(self.origin, at, self._size))
        self.flush()
        return self._publish()

    def erase(self, ranges: Ranges, act: Exhibit) -> int:
        """Take the content of exhibits away, after an act that says so was sealed; see `erasure`.

        Args:
            ranges: Sealed exhibits of kinds outside `PLAIN_KINDS`; already erased ones are no fault.
            act: `{"act":"erased",…}` with the ranges' text in `on.ranges`; `on.lengths` is filled in here.

        Returns:
            How many exhibits were erased now.

        Raises:
            ValueError: the act names other exhibits. InputError: exhibits that cannot be erased.
            VerificationError: damage. OSError, LogBrokenError: as `flush`.
        """
        self._check()
        if not ranges or self._checkpoint is None or ranges.last >= self._checkpoint.size:
            raise InputError("only exhibits that are sealed can be erased", field="ranges")
        check_act(act, ranges)
        self.seal(act.at)
        self.record(announcing(self._directory, ranges, act))
        self.seal(act.at)
        return self._carry_out(ranges)

    def finish_erasures(self) -> int:
        """Carry out what was announced and sealed, and then not done; returns how many were erased now.

        An act that a killed writer had not sealed counts once the next seal stands over it.

        Raises:
            InputError, VerificationError, OSError, LogBrokenError: as `erase`.
        """
        self.flush()
        return self._carry_out(announced_so_far(self._directory))

    def _carry_out(self, ranges: Ranges) -> int:
        self._segments.close()  # the file may be another one afterwards; the next flush opens it again
        return carry_out(self._directory, ranges)

    def close(self) -> None:
        """Flush if the log is sound, and let go of the files and the lock."""
        if self._lock is None:
            return
        try:
            if not self._broken:
                self.flush()
        finally:
            self._staging.close()
            self._segments.close()
            os.close(self._lock)
            self._lock, self._broken = None, True

    def __enter__(self) -> EvidenceLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check(self) -> None:
        if self._lock is None:
            raise LogBrokenError("the log is closed")
        if self._broken:
            raise LogBrokenError("an earlier write failed; open the log again")

    def _keep_head(self, kind: str, direction: Direction, vantage: str) -> bytes:
        """Pack a record's head once; bounded, since names may come from anywhere."""
        if len(self._heads) >= _HEADS_KEPT:
            self._heads.clear()
        head = pack_head(kind, direction, vantage)
        self._heads[kind, direction, vantage] = head
        return head

    def _keep_ends(self, local: Endpoint | None, remote: Endpoint | None) -> _Ends:
        """Pack both ends once per connection: its exhibits share the objects. Bounded, as above."""
        if len(self._ends) >= _HEADS_KEPT:
            self._ends.clear()
        if local is not self._local[0]:
            self._local = local, pack_end(local)  # of a socket that hears many it stays the same
        ends = self._ends[id(remote)] = local, remote, self._local[1] + pack_end(remote)
        return ends

    def _draw_salts(self) -> None:
        salts = self._salt(SALT_BYTES * _SALTS_AT_ONCE)
        if len(salts) != SALT_BYTES * _SALTS_AT_ONCE:
            raise ValueError("the source of salts gave another number of bytes than asked for")
        self._salts = salts

    def _roll(self) -> None:
        """Begin a new segment: the old one has reached its length."""
        self.flush()
        self._segments.begin(self._size)
        self._end = HEADER_BYTES

    def _mark(self, durable: int) -> None:
        """Sign for the exhibits behind the checkpoint that are on the disk."""
        after = self._checkpoint.size if self._checkpoint is not None else 0
        marker = Marker(after, durable, self._tail.digest())
        # Written beside the folder, in which a half-written file would have no place.
        place = self._directory / UNSEALED
        place_whole(place, marker.sign(self.origin, self._key), beside(self._directory, UNSEALED))
        self._marked = True

    def _tell(self, at: Instant) -> None:
        """Record what opening found, once."""
        found, self._untold = self._untold, None
        if found is None:
            return
        try:
            self.record(recovered(self.origin, at, found.after, found.exhibits_kept, found.cut))
        except ValueError:
            self._untold = found
            raise

    def _publish(self) -> Checkpoint:
        self._broken = True
        first, offset = self._sealed_end
        old_size = self._tree.size
        segments = [path for path in list_segments(self._directory) if path >= segment_path(first)]
        due = Marker(old_size, self._size, self._tail.digest())
        path, behind = seal_frames(
            self._directory, self._tree, segments, offset, due=due, commitments=self._commitments
        )
        self._commitments = []
        checkpoint = publish(self._directory, self._staging, self._tree, old_size, self._sign)
        self._sealed_end, self._tail = (segment_first(path) or 0, behind), TailHash(checkpoint.root)
        self._checkpoint, self._marked, self._broken = checkpoint, False, False
        return checkpoint

    def _sign(self, size: int, root: bytes) -> Checkpoint:
        return Checkpoint.sign(self.origin, size, root, self._key)


def _lock(directory: Path) -> int:
    """Lock the folder itself; the lock goes with the process."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise LogBusyError(f"another writer is at work on {directory}") from None
    except OSError:
        os.close(handle)
        raise
    return handle


def _origin(directory: Path) -> str:
    """The origin that the folder's key file names; checked against the key by `reopen`."""
    try:
        raw = read_file(directory, VKEY, MAX_NOTE)
        return VerifyKey.from_text(raw.decode().removesuffix("\n")).name
    except ValueError:
        raise VerificationError(Reason.KEY_MALFORMED, None, VKEY) from None

# SPDX-License-Identifier: Apache-2.0
"""A file as its publisher packed it -> a plain file: gzip, bzip2, xz and zip, told by their first bytes.

Theory of operation. The bytes are unpacked into a folder of the caller's, piece by piece, under two
bounds: how large the plain file may be, and how many times larger than what was read of the packed one
(a bomb is small and becomes huge). Past either the file is refused whole. A stream that ends early or
breaks is no reason to lose what stands before: that is read, and `flaw` says what is wrong, which
becomes a refusal of its own. Streams that follow each other in one file (as parallel packers
write them) are one file. What is packed twice is unpacked once and then told by what it is.
"""

from __future__ import annotations

import bz2
import hashlib
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Protocol

from swarmwitness.intake.opening import open_regular, why_unread
from swarmwitness.intake.told import told
from swarmwitness.terms import InputError

MAX_BYTES = 16 << 30
"""Of a plain file: a full routing table as seen by some hundred peers has 2 to 4 GiB."""
MAX_RATIO = 300
"""Plain bytes for each packed one. Text of prefixes packs 5 to 60 times."""
_FREE_BYTES = 16 << 20
"""So many plain bytes are no danger, whatever the ratio."""
_PIECE = 1 << 18
_XZ_MEMORY = 256 << 20
_SUFFIXES = (".gz", ".bz2", ".xz", ".zip")


@dataclass(frozen=True, slots=True)
class Opened:
    """A plain file.

    Attributes:
        path: Where its bytes are: the file itself if it was not packed.
        name: Its name without the packer's suffix.
        sha256: Hex, of the file as received (packed).
        packing: `gzip`, `bzip2`, `xz`, `zip` or ''.
        flaw: What is wrong with the packed stream; '' = nothing.
    """

    path: Path
    name: str
    sha256: str
    packing: str
    flaw: str = ""


class _Unpacker(Protocol):
    """One stream of a packed file."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


@contextmanager
def opened(path: Path, folder: Path, *, max_bytes: int = MAX_BYTES) -> Iterator[Opened]:
    """The plain file while the block lasts.

    Args:
        path: As received.
        folder: Where a plain copy may stand; it is taken away again.
        max_bytes: See MAX_BYTES.

    Raises:
        InputError: not a regular file, not to be read, too large, a bomb, a zip of none or several.
    """
    name = path.name
    for suffix in _SUFFIXES:
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
            break
    plain = folder / (name or "plain")
    try:
        with open_regular(path) as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            packing = _packing(file.read(6))
            file.seek(0)
            if not packing:
                yield Opened(path, path.name, sha256, "")
                return
            with plain.open("xb") as into:
                flaw = _unpack(file, into, packing, _Bounds(path.name, max_bytes))
        yield Opened(plain, name, sha256, packing, flaw)
    except OSError as error:
        raise InputError(why_unread(error), file=path.name) from None
    finally:
        if plain != path:
            plain.unlink(missing_ok=True)


def _packing(head: bytes) -> str:
    magics = ((b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"PK\x03\x04", "zip"))
    if head.startswith(b"PK\x05\x06"):
        return "zip"
    return next((name for magic, name in magics if head.startswith(magic)), "")


@dataclass(slots=True)
class _Bounds:
    name: str
    max_bytes: int
    read: int = 0
    written: int = 0

    def count(self, read: int, written: int) -> None:
        """Add what was read and written.

        Raises:
            InputError: it is too much.
        """
        self.read, self.written = self.read + read, self.written + written
        if self.written > self.max_bytes:
            raise InputError(f"unpacked it has more than {self.max_bytes} bytes", file=self.name)
        if self.written > max(_FREE_BYTES, self.read * MAX_RATIO):
            raise InputError(f"unpacked it is more than {MAX_RATIO} times larger", file=self.name)


def _unpack(file: BufferedReader, into: BinaryIO, packing: str, bounds: _Bounds) -> str:
    if packing == "zip":
        return _unzip(file, into, bounds)
    return _inflate(file, into, _NEW[packing], bounds)


class _Gzip:
    """zlib's object under the words of the other two."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        return self._zlib.decompress(self._zlib.unconsumed_tail + data, max(max_length, 0))


_NEW: dict[str, Callable[[], _Unpacker]] = {
    "gzip": _Gzip,
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY),
}


def _inflate(file: BufferedReader, into: BinaryIO, new: Callable[[], _Unpacker], bounds: _Bounds) -> str:
    unpacker, data = new(), file.read(_PIECE)
    bounds.count(len(data), 0)
    try:
        while True:
            out = unpacker.decompress(data, _PIECE)
            into.write(out)
            bounds.count(0, len(out))
            data = b""
            if unpacker.eof:
                data = unpacker.unused_data.lstrip(b"\0") or file.read(_PIECE).lstrip(b"\0")
                if not data:
                    return ""
                unpacker = new()
            elif not out:
                data = file.read(_PIECE)
                bounds.count(len(data), 0)
                if not data:
                    return f"the packed file is cut short behind plain byte {bounds.written}"
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's, not the packer's
        return f"the packed file is damaged behind plain byte {bounds.written}"


def _unzip(file: BufferedReader, into: BinaryIO, bounds: _Bounds) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            member = _only(archive, bounds.name)
            with archive.open(member) as stream:
                bounds.count(member.compress_size, 0)
                while out := stream.read(_PIECE):
                    into.write(out)
                    bounds.count(0, len(out))
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError, struct.error) as error:
        if bounds.written == 0:
            raise InputError("not a whole zip file", file=bounds.name) from error
        return f"the packed file is damaged behind plain byte {bounds.written}"
    except (NotImplementedError, RuntimeError):
        raise InputError("a zip packed or locked in a way that is not read", file=bounds.name) from None
    return ""


def _only(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) != 1:
        shown = ", ".join(told(member.filename) for member in members[:5])
        raise InputError(f"a zip of {len(members)} files, where one belongs: {shown}", file=name)
    return members[0]

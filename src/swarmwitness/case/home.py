# SPDX-License-Identifier: Apache-2.0
"""Where keys and last checkpoints live: apart from every case, so that a copied case carries no key.

A key file that others can read, or could replace, is refused: it must be a regular file of its user,
mode 0600, in folders that nobody else can write to.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.case.files import read_regular
from swarmwitness.case.spotting import without
from swarmwitness.evidence import load_signing_key, make_signing_key
from swarmwitness.evidence.keys import sync_names
from swarmwitness.evidence.note import MAX_NOTE
from swarmwitness.terms import InputError
from swarmwitness.vantage import Entropy

_SECRET_BYTES = 32


def home() -> Path:
    """SWARMWITNESS_HOME, else the user's data folder; made with mode 0700 when first needed."""
    data = Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share"))
    folder = Path(os.environ.get("SWARMWITNESS_HOME", data / "swarmwitness"))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"can't be made: {error.strerror}", file=str(folder), field="SWARMWITNESS_HOME"
        ) from None
    return folder


def new_origin(name: str, entropy: Entropy) -> str:
    """A name for a new log: readable, with eight random hex digits, so that two logs of one name
    are never taken for each other. It holds no address: it stands in every act, bundle and export."""
    readable = re.sub(r"[^a-z0-9]+", "-", without(name).lower()).strip("-")[:40] or "case"
    return f"swarmwitness.local/{readable}/{entropy.draw(4).hex()}"


def signing_key(origin: str, *, make: bool) -> Ed25519PrivateKey:
    """The key that signs the checkpoints of the log of this origin.

    Raises:
        InputError: there is none and `make` is false, or its file can be read by others.
    """
    file = home() / "keys" / f"{_slug(origin)}.key"
    if not os.path.lexists(file):
        if not make:
            raise InputError("no signing key; the log was begun elsewhere or by another user", file=str(file))
        _make_folder(file.parent)
        _refuse_open_folders(file)
        make_signing_key(file, seed=Entropy().draw(32))
    os.close(_open_secret(file))
    return load_signing_key(file)


def pseudonym_key(name: str) -> bytes:
    """The secret that turns a case's addresses into pseudonyms; made when first needed.

    Args:
        name: What the key is called: the origin of the case's custody log, or what case.toml names.
    """
    file = _pseudonym_file(name)
    return _kept_secret(file) or _make_secret(file)


def kept_pseudonym_key(name: str) -> bytes | None:
    """The same; None = there is none yet."""
    return _kept_secret(_pseudonym_file(name))


def content_key(origin: str, *, make: bool) -> bytes | None:
    """The secret that opens a log's encrypted exhibits; None = there is none and `make` is false."""
    file = content_key_file(origin)
    return _kept_secret(file) or (_make_secret(file) if make else None)


def content_key_file(origin: str) -> Path:
    """Where `content_key` looks; the file need not exist."""
    return home() / "contents" / f"{_slug(origin)}.key"


def keep_checkpoint(origin: str, evidence: Path) -> Path:
    """Store the last signed checkpoint of a log apart from its folder, and which log belongs there.

    So neither a shorter log nor another log altogether can take this one's place unnoticed.
    """
    raw = read_regular(evidence / "checkpoint", MAX_NOTE)
    _replace(_place_file(evidence), origin.encode())
    return _replace(checkpoint_file(origin), raw)


def checkpoint_file(origin: str) -> Path:
    """Where `keep_checkpoint` puts it; the file need not exist."""
    return home() / "checkpoints" / f"{_slug(origin)}.checkpoint"


def kept_checkpoint(evidence: Path) -> Path | None:
    """The checkpoint kept apart for the log in this folder.

    Which log lay here last is remembered by place; for a folder that was moved, the log's own name
    tells, from any of its files that still reads.
    """
    place = _place_file(evidence)
    if place.is_file():
        return checkpoint_file(read_regular(place, MAX_NOTE).decode())
    for name in ("log.vkey", "checkpoint"):
        try:
            first = read_regular(evidence / name, MAX_NOTE).decode().split("\n", 1)[0]
        except (InputError, UnicodeDecodeError):
            continue
        kept = checkpoint_file(first.split("+", 1)[0])
        if kept.is_file():
            return kept
    return None


def _place_file(evidence: Path) -> Path:
    return home() / "places" / f"{_slug(os.fsencode(os.path.realpath(evidence)).hex())}.origin"


def _replace(file: Path, content: bytes) -> Path:
    file.parent.mkdir(mode=0o700, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_bytes(content)
    return fresh.replace(file)


def _slug(name: str) -> str:
    """A file name that tells whose it is and can't collide."""
    readable = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:48]
    return f"{readable}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def _pseudonym_file(name: str) -> Path:
    return home() / "pseudonyms" / f"{_slug(name)}.key"


def _kept_secret(file: Path) -> bytes | None:
    """32 secret bytes in a file of their own; None = there is no such file."""
    if not os.path.lexists(file):
        return None
    with os.fdopen(_open_secret(file), "rb") as stream:
        secret = stream.read(_SECRET_BYTES + 1)
    if len(secret) != _SECRET_BYTES:
        raise InputError(f"is no key: it doesn't hold {_SECRET_BYTES} bytes", file=str(file))
    return secret


def _make_secret(file: Path) -> bytes:
    _make_folder(file.parent)
    _refuse_open_folders(file)
    secret = Entropy().draw(_SECRET_BYTES)
    _write_secret(file, secret)
    return secret


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)


def _write_secret(file: Path, secret: bytes) -> None:
    """Whole or not at all: a key that was cut short by a crash would lock out its owner."""
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(secret)
        out.flush()
        os.fsync(descriptor)
    fresh.rename(file)
    sync_names(file)


def _open_secret(file: Path) -> int:
    """A handle on a key file that is nobody else's to read or to replace."""
    _refuse_open_folders(file)
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        why = "is a link; a key is a file" if file.is_symlink() else f"can't be read: {error.strerror}"
        raise InputError(why, file=str(file)) from None
    told = os.fstat(handle)
    why = ""
    if not stat.S_ISREG(told.st_mode):
        why = "is not a regular file"
    elif told.st_mode & 0o077:
        why = "can be read by others; chmod 600 it"
    elif told.st_uid != os.geteuid():
        why = "belongs to another user"
    if why:
        os.close(handle)
        raise InputError(why, file=str(file))
    return handle


def _refuse_open_folders(file: Path) -> None:
    """Who can write to a folder can put another key into it; in a sticky one only its owner can."""
    kept_by_us = {home().resolve(), file.parent.resolve()}
    for folder in file.parent.resolve().joinpath("x").parents:
        mode = folder.stat().st_mode
        others = 0o022 if folder in kept_by_us else 0o002
        if mode & others and not mode & stat.S_ISVTX:
            raise InputError("others can write to this folder, which holds keys", file=str(folder))

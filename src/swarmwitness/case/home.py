# SPDX-License-Identifier: Apache-2.0
"""Where keys and last checkpoints live: apart from every case, so that a copied case carries no key."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.case.files import read_regular
from swarmwitness.evidence import load_signing_key, make_signing_key
from swarmwitness.evidence.note import MAX_NOTE
from swarmwitness.terms import InputError
from swarmwitness.vantage import Entropy

_PSEUDONYM_KEY_BYTES = 32


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
    are never taken for each other."""
    readable = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "case"
    return f"swarmwitness.local/{readable}/{entropy.draw(4).hex()}"


def signing_key(origin: str, *, make: bool) -> Ed25519PrivateKey:
    """The key that signs the checkpoints of the log of this origin.

    Raises:
        InputError: there is none and `make` is false, or its file can be read by others.
    """
    file = home() / "keys" / f"{_slug(origin)}.key"
    if not file.exists():
        if not make:
            raise InputError("no signing key; the log was begun elsewhere or by another user", file=str(file))
        file.parent.mkdir(mode=0o700, exist_ok=True)
        make_signing_key(file, seed=Entropy().draw(32))
    return load_signing_key(file)


def pseudonym_key(case_name: str) -> bytes:
    """The secret that turns this case's addresses into pseudonyms; made when first needed."""
    file = home() / "pseudonyms" / f"{_slug(case_name)}.key"
    if not file.exists():
        file.parent.mkdir(mode=0o700, exist_ok=True)
        _write_secret(file, Entropy().draw(_PSEUDONYM_KEY_BYTES))
    _refuse_open_file(file)
    key = file.read_bytes()
    if len(key) != _PSEUDONYM_KEY_BYTES:
        raise InputError(f"has {len(key)} bytes, not {_PSEUDONYM_KEY_BYTES}", file=str(file))
    return key


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


def _write_secret(file: Path, secret: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(secret)


def _refuse_open_file(file: Path) -> None:
    if file.stat().st_mode & 0o077:
        raise InputError("can be read by others; chmod 600 it", file=str(file))

# SPDX-License-Identifier: Apache-2.0
"""Signing keys in files: PEM or a bare seed, readable by their owner alone, outside the case.

A key beside the evidence proves nothing: whoever can change the one can then sign the other.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from swarmwitness.evidence.files import sync_folder
from swarmwitness.terms import InputError

SEED_BYTES = 32
_MAX_KEY_FILE = 16 * 1024


def make_signing_key(path: Path, *, seed: bytes, outside: Path | None = None) -> Ed25519PrivateKey:
    """Write a new signing key (PKCS #8 PEM, mode 0600) made from 32 bytes of entropy.

    Args:
        seed: 32 bytes from the operating system's generator; evidence draws none itself.
        outside: A folder (the case) in which the key must not lie.

    Raises:
        InputError: the file exists already, or lies in `outside`, or cannot be written.
    """
    key = Ed25519PrivateKey.from_private_bytes(seed)
    _check_outside(path, outside)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise InputError(f"cannot write a signing key: {error.strerror}", file=str(path)) from None
    with os.fdopen(handle, "wb") as stream:
        stream.write(pem)
        stream.flush()
        os.fsync(handle)
    sync_names(path)
    return key


def sync_names(path: Path) -> None:
    """Make a key's name, and that of its folder, as durable as its bytes: no log may outlast its key."""
    sync_folder(path.parent)
    with suppress(PermissionError):  # A folder that we may not list is none that we made.
        sync_folder(path.parent.parent)


def load_signing_key(path: Path, *, outside: Path | None = None) -> Ed25519PrivateKey:
    """Read a signing key: PEM, 32 raw bytes, or 64 hex digits.

    Raises:
        InputError: missing, readable by others, not a regular file, in `outside`, or not such a key.
    """
    _check_outside(path, outside)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise InputError(f"cannot read the signing key: {error.strerror}", file=str(path)) from None
    try:
        # The open file is asked, not the path, so that nobody can swap it in between.
        _check_private(os.fstat(handle).st_mode, path)
        return _parse(os.read(handle, _MAX_KEY_FILE), path)
    finally:
        os.close(handle)


def _check_private(mode: int, path: Path) -> None:
    if not stat.S_ISREG(mode):
        raise InputError("a signing key is a regular file", file=str(path))
    if mode & 0o077:
        why = f"others may read this signing key (mode {mode & 0o777:04o}); make it 0600"
        raise InputError(why, file=str(path))


def _parse(raw: bytes, path: Path) -> Ed25519PrivateKey:
    if raw.startswith(b"-----BEGIN"):
        try:
            key = load_pem_private_key(raw, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise InputError("not an unencrypted PEM private key", file=str(path)) from None
        if not isinstance(key, Ed25519PrivateKey):
            raise InputError("not an Ed25519 key", file=str(path))
        return key
    try:
        seed = raw if len(raw) == SEED_BYTES else bytes.fromhex(raw.decode("ascii").strip())
        return Ed25519PrivateKey.from_private_bytes(seed)
    except ValueError:
        raise InputError("not a PEM key, 32 bytes or 64 hex digits", file=str(path)) from None


def _check_outside(path: Path, outside: Path | None) -> None:
    if outside is not None and path.resolve().is_relative_to(outside.resolve()):
        raise InputError(f"a signing key must not lie in {outside}", file=str(path))

# SPDX-License-Identifier: Apache-2.0
"""Verifying what was handed over: a bundle, with what the receiver knows from another source."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from swarmwitness.case.files import read_regular, shown
from swarmwitness.case.logs.held import Held, read_key
from swarmwitness.evidence import VerificationError
from swarmwitness.evidence.bundle import BundleReport, verify_bundle
from swarmwitness.evidence.note import MAX_NOTE
from swarmwitness.evidence.time import Trust, WitnessKey
from swarmwitness.evidence.time.token import read_roots
from swarmwitness.terms import InputError, MalformedMessage


def is_bundle(directory: Path) -> bool:
    """Whether this is what `swarmwitness bundle` writes; if it only says so, verification finds out."""
    return directory.is_dir() and os.path.lexists(directory / "bagit.txt")


def verify_handed_over(
    bundle: Path, *, key: Path | None, checkpoints: Sequence[Path], trust: Trust
) -> BundleReport:
    """Verify a bundle.

    Args:
        key: File with the public key of one of its logs.
        checkpoints: Files with checkpoints of its logs that were kept apart.
        trust: What the receiver knows of authorities and witnesses.

    Raises:
        InputError: a file named here can't be read.
    """
    known = None if key is None else read_key(key)
    given = [Held.in_file(file).raw for file in checkpoints]
    return verify_bundle(bundle, key=known, held=given, trust=trust)


def trust_of(roots: Path | None, witnesses: Sequence[str]) -> Trust:
    """What a caller knows of time authorities and witnesses.

    Args:
        roots: File of certificates, PEM.
        witnesses: Keys of witnesses, as text.

    Raises:
        InputError: no PEM certificates, or no key of a witness.
    """
    for text in witnesses:
        try:
            WitnessKey.from_text(text)
        except MalformedMessage as error:
            raise InputError(f"is no witness's key: {error.why}", field="--witness") from None
    return Trust(None if roots is None else _pem(roots), tuple(witnesses))


def _pem(file: Path) -> bytes:
    pem = read_regular(file, MAX_NOTE)
    try:
        read_roots(pem)
    except VerificationError:
        raise InputError("is no PEM file of certificates", file=shown(file)) from None
    return pem

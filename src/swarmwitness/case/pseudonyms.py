# SPDX-License-Identifier: Apache-2.0
"""Keyed pseudonyms for addresses in everything that is shown.

Each case has a key of its own, named after the origin of its custody log, so that two cases of one
name never share pseudonyms. A case without a custody log has a key named after the case.
"""

from __future__ import annotations

import base64
import hmac
import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path

from swarmwitness.case import home
from swarmwitness.case.config import CaseConfig
from swarmwitness.case.folder import CaseFolder
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.terms import InputError

_QUAD = r"\d{1,3}(?:\.\d{1,3}){3}"
# What could be read as an address, wherever it stands: a file may be called 192.0.2.1.csv.
_CANDIDATE = re.compile(rf"(?:[0-9A-Fa-f]{{0,4}}:){{2,7}}(?:{_QUAD}|[0-9A-Fa-f]{{0,4}})|{_QUAD}", re.ASCII)
_CANDIDATE_V4 = re.compile(_QUAD, re.ASCII)
_BYTES = 6  # 48 bits: among a million addresses two share a pseudonym with probability 0.2 %
_REFERENCE = re.compile(r"log:[!-~]+/\d+(?:-\d+)?|file:[0-9a-f]{64}(?:#\d+(?:-\d+)?)?", re.ASCII)
_PSEUDONYM = re.compile(r"addr-[a-z2-7]{10}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Address text -> `addr-…`; the same address gives the same pseudonym within one case."""

    key: bytes = field(repr=False)

    def of(self, ip: str) -> str:
        """The pseudonym of an address: HMAC-SHA-256 over its packed form, cut to 48 bits."""
        packed = ipaddress.ip_address(ip).packed
        digest = hmac.digest(self.key, packed, "sha256")[:_BYTES]
        return "addr-" + base64.b32encode(digest).decode().rstrip("=").lower()

    def scrub(self, text: str) -> str:
        """The text with a pseudonym in the place of everything that reads as an address."""
        return _CANDIDATE.sub(lambda match: self._stand_in(match[0]), text)

    def scrub_all(self, value: object, keep: frozenset[str] = frozenset()) -> object:
        """`scrub` on every text of a plain value, keys too; references to exhibits stay.

        Args:
            keep: Texts that stay as they are: the names of logs, which others chose.
        """
        if isinstance(value, str):
            return value if value in keep or _REFERENCE.fullmatch(value) else self.scrub(value)
        if isinstance(value, dict):
            return {self.scrub_all(key, keep): self.scrub_all(each, keep) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.scrub_all(each, keep) for each in value]
        return value

    def _stand_in(self, text: str) -> str:
        try:
            return self.of(text)
        except ValueError:
            return _CANDIDATE_V4.sub(lambda match: self._stand_in(match[0]), text) if ":" in text else text


def is_pseudonym(text: str) -> bool:
    """Whether a text has the form of a pseudonym."""
    return _PSEUDONYM.fullmatch(text) is not None


def pseudonyms_of(root: Path, config: CaseConfig, *, make: bool = True) -> Pseudonyms:
    """The pseudonyms of the case in this folder.

    Args:
        make: Whether a key may be made where there is none; with a fresh key nothing that was shown
            before can be recognised.

    Raises:
        InputError: there is no key and `make` is false, or its file is unfit.
    """
    name = _key_name(root, config)
    key = home.pseudonym_key(name) if make else home.kept_pseudonym_key(name)
    if key is None:
        why = "no pseudonym key of this case; it was made elsewhere or by another user"
        raise InputError(why, file=str(home.home() / "pseudonyms"))
    return Pseudonyms(key)


def in_acts(text: str, root: Path, config: CaseConfig) -> str:
    """A text as the acts of this case tell it; without the key, as it is.

    Raises:
        InputError: the key's file is unfit.
    """
    if not _CANDIDATE.search(text):
        return text
    key = home.kept_pseudonym_key(_key_name(root, config))
    return text if key is None else Pseudonyms(key).scrub(text)


def former_pseudonyms_of(root: Path, config: CaseConfig) -> Pseudonyms | None:
    """Those that the case showed before it had a custody log; None = there were none."""
    if config.pseudonym_key or _key_name(root, config) == config.name:
        return None
    key = home.kept_pseudonym_key(config.name)
    return None if key is None else Pseudonyms(key)


def _key_name(root: Path, config: CaseConfig) -> str:
    if config.pseudonym_key:
        return config.pseudonym_key
    custody = CaseFolder(root).custody
    return read_checkpoint(custody).origin if custody.is_dir() else config.name

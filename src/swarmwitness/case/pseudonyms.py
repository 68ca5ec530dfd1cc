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
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from swarmwitness.case import home
from swarmwitness.case.config import CaseConfig
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.spotting import spotted
from swarmwitness.evidence import VerificationError
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.terms import InputError

_BYTES = 6  # 48 bits: among a million addresses two share a pseudonym with probability 0.2 %
_REFERENCE = re.compile(r"log:([!-~]+)/\d+(?:-\d+)?", re.ASCII)
ELSEWHERE = (
    "the case's pseudonym key is not on this machine: the pseudonyms here are others than those shown before"
)
_PSEUDONYM = re.compile(r"addr-[a-z2-7]{10}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Address text -> `addr-…`; the same address gives the same pseudonym within one case.

    Attributes:
        origins: Names of logs of the case, which others chose; they stay as they are.
    """

    key: bytes = field(repr=False)
    origins: frozenset[str] = field(default=frozenset(), compare=False)

    def of(self, ip: str) -> str:
        """The pseudonym of an address: HMAC-SHA-256 over its packed form, cut to 48 bits."""
        address = ipaddress.ip_address(ip)
        # ::ffff:192.0.2.1 is 192.0.2.1, and rows call it so.
        packed = (getattr(address, "ipv4_mapped", None) or address).packed
        digest = hmac.digest(self.key, packed, "sha256")[:_BYTES]
        return "addr-" + base64.b32encode(digest).decode().rstrip("=").lower()

    def scrub(self, text: str) -> str:
        """The text with a pseudonym in the place of everything that reads as an address; bytes that are no
        UTF-8 are spelled out, since an act that held them could be read by nobody."""
        if not text.isascii():
            text = text.encode("utf-8", "backslashreplace").decode()
        parts: list[str] = []
        at = 0
        for found in spotted(text):
            parts += (text[at : found.start], self.of(found.ip))
            at = found.end
        return "".join((*parts, text[at:])) if parts else text

    def scrub_all(self, value: object) -> object:
        """`scrub` on every text of a plain value, keys too; names of the case's logs, and references to
        their exhibits, stay."""
        if isinstance(value, str):
            named = _REFERENCE.fullmatch(value)
            ours = value in self.origins or (named is not None and named[1] in self.origins)
            return value if ours else self.scrub(value)
        if isinstance(value, dict):
            return {self.scrub_all(key): self.scrub_all(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.scrub_all(each) for each in value]
        return value


def is_pseudonym(text: str) -> bool:
    """Whether a text has the form of a pseudonym."""
    return _PSEUDONYM.fullmatch(text) is not None


def pseudonyms_of(root: Path, config: CaseConfig, *, make: bool = True) -> Pseudonyms:
    """The pseudonyms of the case in this folder.

    Args:
        make: Whether a key may be made where none was used before. Once a case has a custody log, its key
            is never made anew: nothing that was shown before could be recognised.

    Raises:
        InputError: there is no key and `make` is false, or its file is unfit.
    """
    name = _key_name(root, config)
    fresh = make and (bool(config.pseudonym_key) or not CaseFolder(root).custody.is_dir())
    key = home.pseudonym_key(name) if fresh else home.kept_pseudonym_key(name)
    if key is None:
        why = "no pseudonym key of this case; it was made elsewhere or by another user"
        raise InputError(why, file=str(home.home() / "pseudonyms"))
    return Pseudonyms(key, origins_of(root))


def pseudonyms_of_run(root: Path, config: CaseConfig) -> tuple[Pseudonyms, tuple[str, ...]]:
    """The pseudonyms that a run shows, and what its reader must know of them. Somebody who was given a case
    without its key can run it too, and sees pseudonyms of a key of their own.

    Raises:
        InputError: the key's file is unfit.
    """
    name = _key_name(root, config)
    if not CaseFolder(root).custody.is_dir() or home.kept_pseudonym_key(name) is not None:
        return pseudonyms_of(root, config), ()
    return Pseudonyms(home.pseudonym_key(f"{name} elsewhere"), origins_of(root)), (ELSEWHERE,)


def origins_of(root: Path) -> frozenset[str]:
    """The names of a case's logs, of those that can be read; verification names the others."""
    found = set()
    for log in CaseFolder(root).logs:
        with suppress(VerificationError):
            found.add(read_checkpoint(log.path).origin)
    return frozenset(found)


def in_acts(text: str, root: Path, config: CaseConfig) -> str:
    """A text as the acts of this case tell it; without the key, as it is.

    Raises:
        InputError: the key's file is unfit.
    """
    if text.isascii() and next(spotted(text), None) is None:
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

# SPDX-License-Identifier: Apache-2.0
"""The stream cipher of the encrypted exchange: RC4 of which the first 1024 bytes are thrown away.

RC4 protects nothing today. It is what clients speak, and we use it to be understood and to read what
we were told. The cipher itself is the `cryptography` library's; nothing else of that library is used
in this room.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher

DISCARDED = bytes(1024)


class NoCipherError(Exception):
    """This machine's cryptography has no RC4 (a FIPS build, or OpenSSL without its old ciphers)."""


class Rc4:
    """One direction of one connection; what is encrypted and what is decrypted advance it alike.

    Args:
        key: 20 bytes.

    Raises:
        NoCipherError: there is no RC4 here.
    """

    __slots__ = ("_context",)

    def __init__(self, key: bytes) -> None:
        try:
            self._context = Cipher(ARC4(key), mode=None).encryptor()
        except UnsupportedAlgorithm as error:
            raise NoCipherError(str(error)) from None
        self._context.update(DISCARDED)

    def pass_through(self, data: bytes) -> bytes:
        """The next bytes, encrypted or decrypted: the same act."""
        return self._context.update(data)


@lru_cache(maxsize=1)
def has_rc4() -> bool:
    """Whether an encrypted exchange can be held on this machine at all."""
    try:
        Rc4(bytes(20))
    except NoCipherError:
        return False
    return True

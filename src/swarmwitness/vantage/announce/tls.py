# SPDX-License-Identifier: Apache-2.0
"""TLS to a tracker: verified if it can be; what the tracker showed goes on record either way."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from dataclasses import dataclass
from functools import cached_property

from swarmwitness.evidence import Direction
from swarmwitness.vantage.recorder import Line, Recorder


class Trust:
    """Whom to believe.

    Args:
        ca_file: Certificates of authorities; "" = those of the machine.
    """

    def __init__(self, ca_file: str = "") -> None:
        self._ca_file = ca_file

    @cached_property
    def strict(self) -> ssl.SSLContext:
        """Takes a certificate that an authority vouches for, of the right name."""
        return ssl.create_default_context(cafile=self._ca_file or None)

    @cached_property
    def lax(self) -> ssl.SSLContext:
        """Takes any certificate."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context


@dataclass(frozen=True, slots=True)
class Security:
    """How a connection is secured.

    Attributes:
        unverified: Why the certificate was not accepted at first; "" if it is.
    """

    context: ssl.SSLContext
    unverified: str = ""

    def record(self, transport: asyncio.BaseTransport, recorder: Recorder, line: Line) -> None:
        """Write down the certificate and what was agreed."""
        secured = transport.get_extra_info("ssl_object")
        shown = secured.getpeercert(True) or b""
        recorder.record("certificate", Direction.IN, shown, line)
        note = {
            "event": "tls",
            "version": secured.version(),
            "cipher": secured.cipher()[0],
            "certificate_sha256": hashlib.sha256(shown).hexdigest(),
            "verified": not self.unverified,
        }
        recorder.note("net", note | ({"reason": self.unverified} if self.unverified else {}), line)

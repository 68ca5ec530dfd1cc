# SPDX-License-Identifier: Apache-2.0
"""How an attempt ended, in one stable word: the network failed, and that is a datum."""

from __future__ import annotations

import errno
import socket
import ssl

UNVERIFIED = "unverified"
"""A certificate that no known authority vouches for, or of another name."""

_BY_ERRNO = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.ECONNABORTED: "reset",
    errno.EPIPE: "reset",
    errno.ETIMEDOUT: "timeout",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.ENETDOWN: "unreachable",
    errno.EACCES: "forbidden",
    errno.EPERM: "forbidden",
    errno.EADDRNOTAVAIL: "no_local_address",
    errno.EMFILE: "no_sockets",
    errno.ENFILE: "no_sockets",
    errno.ENOBUFS: "no_sockets",
}


def outcome_of(error: BaseException) -> str:
    """`refused`, `timeout`, `reset`, …; `os_error` for a rare one, `fault` for a mistake of ours."""
    if isinstance(error, socket.gaierror | UnicodeError):
        return "no_such_name"
    if isinstance(error, ssl.SSLError):
        # Its errno is one of TLS, which would read as one of the system.
        return UNVERIFIED if isinstance(error, ssl.SSLCertVerificationError) else "tls"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, OSError):
        return _BY_ERRNO.get(error.errno or 0, "os_error")
    return "fault"

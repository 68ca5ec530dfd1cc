# SPDX-License-Identifier: Apache-2.0
import errno
import socket

import pytest

from swarmwitness.vantage.outcome import outcome_of


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, ""), "refused"),
        (ConnectionResetError(errno.ECONNRESET, ""), "reset"),
        (BrokenPipeError(errno.EPIPE, ""), "reset"),
        (TimeoutError(), "timeout"),
        (OSError(errno.ETIMEDOUT, ""), "timeout"),
        (OSError(errno.ENETUNREACH, ""), "unreachable"),
        (OSError(errno.EADDRNOTAVAIL, ""), "no_local_address"),
        (OSError(errno.EMFILE, ""), "no_sockets"),
        (PermissionError(errno.EPERM, ""), "forbidden"),
        (socket.gaierror(-2, "Name or service not known"), "no_such_name"),
        (UnicodeError("label empty or too long"), "no_such_name"),
        (OSError(errno.EIO, ""), "os_error"),
        (OSError("Multiple exceptions"), "os_error"),
        (ValueError("a mistake"), "fault"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_every_end_has_a_word(error, outcome) -> None:
    assert outcome_of(error) == outcome

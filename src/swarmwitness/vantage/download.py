# SPDX-License-Identifier: Apache-2.0
"""One published file over https, to a file: bounded in size and time, and told what the server said of it.

Theory of operation. The bytes are written as they come, under a name that ends in `.part`, and get their
name only when they are whole: as many as the server promised. Content-Encoding is refused in
the request, so that the file is what the publisher keeps, and its hash can be compared. Redirects
are followed a few times, from https to https alone; each is told. Nothing that was fetched is run or read
here.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import ssl
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import SplitResult, urljoin, urlsplit

from swarmwitness import __version__
from swarmwitness.terms import InputError

MAX_REDIRECTS = 5
_PIECE = 1 << 16
_SHOWN = 200
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was fetched.

    Attributes:
        path: Where it is.
        url: As asked; `from_url`: who gave it, behind redirects.
        sha256: Hex. n_bytes: its size.
        fetched_at_us: µs since the epoch (UTC), by our clock.
        date, last_modified, etag: The server's headers as they came, '' = none.
    """

    path: Path
    url: str
    from_url: str
    sha256: str
    n_bytes: int
    fetched_at_us: int
    date: str = ""
    last_modified: str = ""
    etag: str = ""


Progress = Callable[[int, int], None]
"""Told bytes so far and bytes promised (0 = the server does not say)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is asked for at most.

    Attributes:
        max_bytes: Of the file.
        timeout_s: Without a byte; `total_s`: for all of it, redirects included.
    """

    max_bytes: int = 64 << 20
    timeout_s: float = 30
    total_s: float = 1800


def download(
    url: str,
    into: Path,
    *,
    contact: str = "",
    limits: Limits | None = None,
    tls: ssl.SSLContext | None = None,
    on_progress: Progress | None = None,
) -> Fetched:
    """Fetch a file.

    Args:
        url: https; http to this machine alone.
        into: The file to write; an existing one is left and refused.
        contact: Whom to ask about us, in the User-Agent: an address of mail or of a page.
        limits: See there.
        tls: Whom to trust; default: the machine's authorities.
        on_progress: See Progress.

    Raises:
        InputError: one line: whatever went wrong. No file is left.
    """
    limits = limits or Limits()
    if into.exists():
        raise InputError("is there already", file=into.name)
    part = into.with_name(f"{into.name}.part")
    deadline = time.monotonic() + limits.total_s
    try:
        with part.open("xb") as file:
            fetched = _follow(url, file, into, _Asking(_agent(contact), limits, tls, deadline, on_progress))
        os.link(part, into)  # unlike a rename, it fails where somebody made the file meanwhile
        return fetched
    except FileExistsError:
        raise InputError("is there already, or another fetch writes it", file=into.name) from None
    except (OSError, http.client.HTTPException) as error:
        raise InputError(f"{url} can't be fetched: {_why(error)}") from None
    finally:
        part.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Asking:
    """How is asked."""

    agent: str
    limits: Limits
    tls: ssl.SSLContext | None
    deadline: float
    on_progress: Progress | None

    def left(self) -> float:
        """Seconds.

        Raises:
            TimeoutError: none.
        """
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("it takes too long")
        return min(left, self.limits.timeout_s)


def _agent(contact: str) -> str:
    if any(not " " <= c <= "~" for c in contact) or len(contact) > _SHOWN:
        raise InputError("can't stand in a header line", field="contact")
    return f"swarmwitness/{__version__}" + (f" ({contact})" if contact else "")


def _follow(url: str, file: BinaryIO, into: Path, asking: _Asking) -> Fetched:
    at = url
    for _ in range(MAX_REDIRECTS + 1):
        parts = _parts(at)
        with closing(_connection(parts, asking)) as line:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            line.request("GET", target, headers={"User-Agent": asking.agent, "Accept-Encoding": "identity"})
            answer = line.getresponse()
            if answer.status in (301, 302, 303, 307, 308):
                at = _next(at, answer.getheader("Location", ""))
                continue
            if answer.status != 200:
                raise InputError(f"{at} can't be fetched: the server says {answer.status}")
            sha256, n_bytes = _take(answer, file, asking)
            said = {key: (answer.getheader(key) or "")[:_SHOWN] for key in ("Date", "Last-Modified", "ETag")}
        now = time.time_ns() // 1000
        return Fetched(into, url, at, sha256, n_bytes, now, said["Date"], said["Last-Modified"], said["ETag"])
    raise InputError(f"{url} can't be fetched: it leads on more than {MAX_REDIRECTS} times")


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        bad = "@" in parts.netloc or any(not "!" <= c <= "~" for c in url) or (parts.port or 1) < 1
    except ValueError:
        raise InputError("is no address to fetch from", field="url") from None
    if bad or not parts.hostname:
        raise InputError("is no address to fetch from", field="url")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise InputError(f"{url[:_SHOWN]} is not https", field="url")
    return parts


def _next(at: str, location: str) -> str:
    found = urljoin(at, location)
    if not location or (at.startswith("https:") and not found.startswith("https:")):
        raise InputError(f"{at} can't be fetched: it leads to no https address")
    return found


def _connection(parts: SplitResult, asking: _Asking) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, parts.port, timeout=asking.left())
    context = asking.tls or ssl.create_default_context()
    return http.client.HTTPSConnection(host, parts.port, timeout=asking.left(), context=context)


def _take(answer: http.client.HTTPResponse, file: BinaryIO, asking: _Asking) -> tuple[str, int]:
    if answer.getheader("Content-Encoding", "identity").lower() != "identity":
        raise InputError("the server packs what was asked for as it is")
    promised = answer.length or 0
    most = asking.limits.max_bytes
    digest, n_bytes = hashlib.sha256(), 0
    while piece := answer.read1(_PIECE):
        asking.left()
        n_bytes += len(piece)
        if n_bytes > most or promised > most:
            raise InputError(f"the file has more than {most} bytes")
        file.write(piece)
        digest.update(piece)
        if asking.on_progress:
            asking.on_progress(n_bytes, promised)
    if promised and n_bytes != promised:
        raise InputError(f"{promised} bytes were promised and {n_bytes} came")
    return digest.hexdigest(), n_bytes


def _why(error: OSError | http.client.HTTPException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not to be trusted"
    if isinstance(error, ssl.SSLError):
        return "no secure connection"
    if isinstance(error, TimeoutError):
        return "it takes too long"
    if isinstance(error, http.client.HTTPException):
        return "what comes back is no whole HTTP answer"
    return (error.strerror or type(error).__name__)[:_SHOWN]

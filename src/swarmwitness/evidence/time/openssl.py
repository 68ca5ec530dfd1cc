# SPDX-License-Identifier: Apache-2.0
"""The second opinion on a token: `openssl ts -verify`, a program by other hands.

It is run on files in a folder of its own, without a shell, without the machine's configuration, for a
bounded time. `-attime` is the token's own instant: a certificate that has expired since does not unmake
what was signed while it was valid.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

LIMIT_S = 20.0
_WHY_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the command says.

    Attributes:
        accepts: None where it could not be asked: it is not installed, or did not answer in time.
        why: Its reason against the token, or why it could not be asked.
    """

    accepts: bool | None
    why: str = ""


def opinion(*, query: bytes, reply: bytes, roots: bytes, at_s: int) -> Opinion:
    """Ask `openssl ts -verify` about a reply.

    Args:
        query: DER TimeStampReq; the command compares digest and nonce.
        reply: DER TimeStampResp.
        roots: PEM certificates: trusted if they are self-signed, and used to build chains.
        at_s: Seconds since 1970 at which the certificates must have been valid.
    """
    command = shutil.which("openssl")
    if command is None:
        return Opinion(None, "the command `openssl` is not installed")
    with TemporaryDirectory(prefix="swarmwitness-") as name:
        folder = Path(name)
        for file, content in (("query", query), ("reply", reply), ("roots", roots)):
            (folder / file).write_bytes(content)
        return _asked(command, folder, at_s)


def _asked(command: str, folder: Path, at_s: int) -> Opinion:
    files = ("-queryfile", "query", "-in", "reply", "-CAfile", "roots", "-untrusted", "roots")
    line = [command, "ts", "-verify", *files, "-attime", str(at_s)]
    clean = {"LC_ALL": "C", "OPENSSL_CONF": "/dev/null"}
    try:
        done = subprocess.run(
            line,
            cwd=folder,
            env=clean,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Opinion(None, f"`openssl` did not answer within {LIMIT_S:.0f} s")
    except OSError as error:
        return Opinion(None, f"`openssl` could not be run: {error.strerror}")
    if done.returncode == 0:
        return Opinion(True)
    told = [text for text in done.stderr.decode("utf-8", "replace").splitlines() if ":error:" in text]
    return Opinion(False, (told[0] if told else f"exit status {done.returncode}")[-_WHY_CHARACTERS:])

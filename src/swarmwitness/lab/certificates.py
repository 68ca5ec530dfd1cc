# SPDX-License-Identifier: Apache-2.0
"""A certificate authority of the laboratory's own, by the `openssl` command: it vouches for nothing else."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from swarmwitness.terms import InputError

_LIMIT_S = 20.0
_DAYS = "2"
_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
_OF_CA = ("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")


@dataclass(frozen=True, slots=True)
class Certified:
    """Files in PEM: the authority's certificate, the server's, the server's key."""

    authority: Path
    chain: Path
    key: Path


def certify(folder: Path, host: str) -> Certified:
    """Make an authority, and a certificate of it for a server at `host`, a name or an address.

    Raises:
        InputError: `openssl` is not installed, or failed.
    """
    if shutil.which("openssl") is None:
        raise InputError("openssl is not installed: no HTTPS in the laboratory")
    made = Certified(folder / "authority.pem", folder / "server.pem", folder / "server.key")
    authority_key = str(folder / "authority.key")
    _openssl("req", "-x509", *_KEY, "-keyout", authority_key, "-out", str(made.authority), "-days", _DAYS,
             "-subj", "/CN=laboratory authority", *_OF_CA)  # fmt: skip
    _openssl("req", "-x509", *_KEY, "-keyout", str(made.key), "-out", str(made.chain), "-days", _DAYS,
             "-subj", f"/CN={host}", "-addext", f"subjectAltName={_name(host)}",
             "-addext", "basicConstraints=critical,CA:FALSE",
             "-CA", str(made.authority), "-CAkey", authority_key)  # fmt: skip
    return made


def _name(host: str) -> str:
    try:
        return f"IP:{ip_address(host)}"
    except ValueError:
        return f"DNS:{host}"


def _openssl(*arguments: str) -> None:
    command: Sequence[str] = ("openssl", *arguments)
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_LIMIT_S)
    except (OSError, subprocess.SubprocessError) as error:
        raise InputError(f"openssl {arguments[0]} failed: {error}") from None

# SPDX-License-Identifier: Apache-2.0
"""An offline time authority (RFC 3161) out of the `openssl` command alone, on loopback or on the stage.

It makes a root and a certificate for time stamping, and answers HTTP POSTs of requests with
`openssl ts -reply`. It can also misbehave on purpose. Its clock is this machine's clock: it shows how
tokens are made and checked, and vouches for no time.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

from swarmwitness.evidence.time.query import Query
from swarmwitness.terms import InputError, MalformedMessage

MOST_QUERY_BYTES = 4096
_LIMIT_S = 20.0
_SLOW_S = 30.0
_EXTENSIONS = {
    "root": "basicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign, cRLSign",
    "stamping": "basicConstraints = critical, CA:FALSE\nkeyUsage = critical, digitalSignature\n"
    "extendedKeyUsage = critical, timeStamping",
}
_CONFIG = """\
[req]
distinguished_name = name
prompt = no
[name]
[root]
{root}
[stamping]
{stamping}
[ca]
default_ca = issuing
[issuing]
database = {folder}/index.txt
serial = {folder}/certificate.serial
new_certs_dir = {folder}
default_md = sha256
policy = anything
copy_extensions = none
unique_subject = no
[anything]
organizationName = optional
commonName = supplied
[tsa]
default_tsa = stamps
[stamps]
serial = {folder}/token.serial
signer_digest = sha256
default_policy = 2.999.3161
digests = sha256
accuracy = secs:1
tsa_name = yes
ess_cert_id_alg = sha256
"""


class Behaviour(StrEnum):
    """What an authority may do to whoever asks."""

    HONEST = "honest"
    REFUSING = "refusing"
    GARBAGE = "garbage"
    SLOW = "slow"
    OTHER_NONCE = "other-nonce"
    OTHER_MESSAGE = "other-message"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority whose keys lie in `folder`.

    Attributes:
        url: Where it listens; "" while it does not.
    """

    folder: Path
    url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    NAME: ClassVar[str] = "/O=Laboratory/CN=Laboratory time authority"

    @property
    def roots_pem(self) -> bytes:
        """Its root certificate."""
        return (self.folder / "root.pem").read_bytes()

    @classmethod
    def make(cls, folder: Path, *, valid_from: str = "", valid_to: str = "") -> Authority:
        """Make keys and certificates in a new folder.

        Args:
            valid_from, valid_to: Of the certificate for stamping, as YYYYMMDDHHMMSSZ; default: ten years.

        Raises:
            InputError: there is no `openssl` command, or it failed.
        """
        folder.mkdir(parents=True, mode=0o700)
        config = _CONFIG.format(folder=folder, **_EXTENSIONS)
        (folder / "openssl.cnf").write_text(config, encoding="utf-8")
        (folder / "index.txt").touch()
        for name in ("certificate.serial", "token.serial"):
            (folder / name).write_text("1001\n", encoding="ascii")
        request = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        root = ("-keyout", "root.key", "-out", "root.pem", "-subj", "/O=Laboratory/CN=Laboratory root")
        _openssl(folder, "req", "-x509", "-extensions", "root", "-days", "3650", *request, *root)
        _openssl(folder, "req", "-new", *request, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", cls.NAME)
        dates = [*(("-startdate", valid_from) if valid_from else ())]
        dates += ("-enddate", valid_to) if valid_to else ("-days", "3650")
        files = ("-cert", "root.pem", "-keyfile", "root.key", "-in", "tsa.csr", "-out", "tsa.pem")
        _openssl(folder, "ca", "-batch", "-notext", "-extensions", "stamping", *files, *dates)
        return cls(folder)

    def reply(self, query: bytes) -> bytes:
        """Answer one request: a DER TimeStampResp; a refusal is an answer too."""
        with self._lock:  # `openssl ts` counts serial numbers in a file, without a lock of its own
            (self.folder / "query.tsq").write_bytes(query)
            files = (
                "-queryfile",
                "query.tsq",
                "-signer",
                "tsa.pem",
                "-inkey",
                "tsa.key",
                "-out",
                "reply.tsr",
            )
            _openssl(self.folder, "ts", "-reply", "-section", "stamps", *files)
            return (self.folder / "reply.tsr").read_bytes()

    @contextmanager
    def serving(
        self, host: str = "127.0.0.1", port: int = 0, *, behaviour: Behaviour = Behaviour.HONEST
    ) -> Iterator[Authority]:
        """Listen until the block ends; port 0 = any."""
        server = _Server((host, port), self, behaviour)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield replace(self, url=f"http://{host}:{server.server_address[1]}/tsa")
        finally:
            server.hurry.set()
            server.shutdown()
            server.server_close()
            thread.join(_LIMIT_S)

    @classmethod
    @contextmanager
    def start(cls, folder: Path, *, behaviour: Behaviour = Behaviour.HONEST) -> Iterator[Authority]:
        """Make an authority in a new folder and let it listen on loopback."""
        with cls.make(folder).serving(behaviour=behaviour) as authority:
            yield authority


def _openssl(folder: Path, *arguments: str) -> None:
    command = shutil.which("openssl")
    if command is None:
        raise InputError("the command `openssl` is not installed; the laboratory's time authority needs it")
    # -config stands behind the sub-command and its mode, where every one of them takes it.
    line = [command, arguments[0], *arguments[1:2], "-config", str(folder / "openssl.cnf"), *arguments[2:]]
    done = subprocess.run(
        line, cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, timeout=_LIMIT_S, check=False
    )
    if done.returncode:
        told = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise InputError(f"openssl {arguments[0]} failed: {told[-1] if told else done.returncode}")


class _Server(ThreadingHTTPServer):
    """One thread per question, none of which keeps the process alive."""

    daemon_threads = True

    def __init__(self, place: tuple[str, int], authority: Authority, behaviour: Behaviour) -> None:
        self.authority, self.behaviour = authority, behaviour
        self.hurry = threading.Event()
        super().__init__(place, _Handler)

    def answer(self, query: bytes) -> bytes:
        """What goes back for a request."""
        authority = self.authority
        if self.behaviour is Behaviour.GARBAGE:
            return b"0\x82\x01\x00" + bytes(200)
        if self.behaviour is Behaviour.REFUSING:
            return authority.reply(b"not a request")
        if self.behaviour is Behaviour.SLOW:
            self.hurry.wait(_SLOW_S)
        asked = Query.from_wire(query)
        if self.behaviour is Behaviour.OTHER_NONCE:
            return authority.reply(replace(asked, nonce=asked.nonce ^ 2).to_wire())
        if self.behaviour is Behaviour.OTHER_MESSAGE:
            return authority.reply(replace(asked, digest=asked.digest[::-1]).to_wire())
        return authority.reply(query)


class _Handler(BaseHTTPRequestHandler):
    """POST of application/timestamp-query (RFC 3161, section 3.4)."""

    server: _Server
    timeout = 10

    def do_POST(self) -> None:
        """Answer one request."""
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > MOST_QUERY_BYTES:
            self.send_error(413)
            return
        if self.server.behaviour is Behaviour.BROKEN:
            self.send_error(500)
            return
        try:
            reply = self.server.answer(self.rfile.read(int(length)))
        except (MalformedMessage, InputError):
            self.send_error(400)
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing is printed."""

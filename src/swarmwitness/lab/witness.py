# SPDX-License-Identifier: Apache-2.0
"""A witness for the laboratory: C2SP tlog-witness over HTTP, Ed25519, with a memory on the disk.

It cosigns a checkpoint only if it continues the last one that it cosigned for that origin, and says no to
a rollback (409) and to a fork (409, 422). Its clock is this machine's clock.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import VerifyKey
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.proof_text import ConsistencyProof
from swarmwitness.evidence.proofs import verifies_consistency
from swarmwitness.evidence.time import Cosignature, WitnessKey
from swarmwitness.terms import MalformedMessage

MOST_REQUEST_BYTES = 128 * 1024
_JOIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness whose key and memory lie in `folder`.

    Attributes:
        logs: Keys of the logs that it knows; for others it answers 404.
        url: Where it listens; "" while it does not.
    """

    folder: Path
    name: str
    logs: tuple[VerifyKey, ...] = ()
    url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @classmethod
    def make(cls, folder: Path, name: str = "witness.example/laboratory") -> Witness:
        """Make its key in a new folder."""
        folder.mkdir(parents=True, mode=0o700)
        (folder / "key").write_bytes(os.urandom(32))
        (folder / "key").chmod(0o600)
        return cls(folder, name)

    @property
    def key(self) -> WitnessKey:
        """Its public key."""
        return WitnessKey.of(self.name, self._signing)

    @property
    def _signing(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes((self.folder / "key").read_bytes())

    def add_checkpoint(self, request: bytes) -> Reply:
        """Answer one add-checkpoint request (c2sp.org/tlog-witness)."""
        try:
            asked = ConsistencyProof.from_text(request)
            checkpoint = Checkpoint.from_wire(asked.checkpoint)
        except MalformedMessage as error:
            return Reply(400, f"{error}\n".encode())
        known = [key for key in self.logs if key.name == checkpoint.origin]
        if not known:
            return Reply(404, b"no such log\n")
        if not any(checkpoint.note.signed_by(key) for key in known):
            return Reply(403, b"not signed by the log\n")
        if asked.old_size > checkpoint.size:
            return Reply(400, b"the old size is beyond the new one\n")
        with self._lock:  # comparing and keeping must not be torn apart
            return self._weigh(asked, checkpoint)

    def _weigh(self, asked: ConsistencyProof, checkpoint: Checkpoint) -> Reply:
        memory = self._memory()
        size, root = memory.get(checkpoint.origin, (0, ""))
        if asked.old_size != size:
            return Reply(409, f"{size}\n".encode(), "text/x.tlog.size")
        if size == checkpoint.size and root != checkpoint.root.hex():
            return Reply(409, f"{size}\n".encode(), "text/x.tlog.size")
        if size and not verifies_consistency(
            size, checkpoint.size, bytes.fromhex(root), checkpoint.root, list(asked.path)
        ):
            return Reply(422, b"the proof does not lead from the old tree to the new one\n")
        if not size and asked.path:
            return Reply(422, b"nothing is proved from an empty tree\n")
        self._remember({**memory, checkpoint.origin: (checkpoint.size, checkpoint.root.hex())})
        cosignature = Cosignature.sign(checkpoint.note, self.name, self._signing, int(time.time()))
        return Reply(200, f"{cosignature.to_text()}\n".encode())

    def _memory(self) -> dict[str, tuple[int, str]]:
        file = self.folder / "memory.json"
        if not file.exists():
            return {}
        return {name: (size, root) for name, (size, root) in json.loads(file.read_text()).items()}

    def _remember(self, memory: dict[str, tuple[int, str]]) -> None:
        """On the disk before the answer goes out."""
        fresh = self.folder / "memory.new"
        with fresh.open("w", encoding="ascii") as out:
            json.dump(memory, out)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self.folder / "memory.json")

    @contextmanager
    def serving(self, logs: Sequence[VerifyKey], host: str = "127.0.0.1", port: int = 0) -> Iterator[Witness]:
        """Listen for these logs until the block ends; port 0 = any."""
        told = replace(self, logs=tuple(logs))
        server = _Server((host, port), told)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield replace(told, url=f"http://{host}:{server.server_address[1]}")
        finally:
            server.shutdown()
            server.server_close()
            thread.join(_JOIN_S)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, place: tuple[str, int], witness: Witness) -> None:
        self.witness = witness
        super().__init__(place, _Handler)


class _Handler(BaseHTTPRequestHandler):
    """POST .../add-checkpoint."""

    server: _Server
    timeout = 10

    def do_POST(self) -> None:
        """Answer one request."""
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > MOST_REQUEST_BYTES:
            self.send_error(413)
            return
        if self.path != "/add-checkpoint":
            self.send_error(404)
            return
        reply = self.server.witness.add_checkpoint(self.rfile.read(int(length)))
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing is printed."""

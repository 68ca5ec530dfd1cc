# SPDX-License-Identifier: Apache-2.0
"""The laboratory's witness: it cosigns what continues, and refuses rollback and fork."""

from __future__ import annotations

import http.client
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import Direction, EvidenceLog, Exhibit, VerifyKey
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.proof_text import ConsistencyProof
from swarmwitness.evidence.proofs import ProofMaker
from swarmwitness.evidence.time import Cosignature
from swarmwitness.lab.witness import MOST_REQUEST_BYTES, Reply, Witness
from swarmwitness.terms import Instant
from swarmwitness.vantage import Entropy

KEY = Ed25519PrivateKey.from_private_bytes(b"l" * 32)
ORIGIN = "example.org/log"
AT = Instant(10**18, 0, 0, 0)


def asked(old: int, checkpoint: Checkpoint, *proof: bytes) -> bytes:
    return ConsistencyProof(old, proof, checkpoint.to_wire()).to_text()


class Grown:
    """A log with a checkpoint at each of some sizes."""

    def __init__(self, folder: Path, seen: bytes) -> None:
        self.folder = folder
        self.checkpoints: dict[int, Checkpoint] = {}
        salt = Entropy().draw
        with EvidenceLog.create(folder, origin=ORIGIN, key=KEY, salt=salt, at=AT) as log:
            for _ in range(3):
                log.record(Exhibit("net", Direction.NONE, AT, "v", 0, None, None, seen))
                checkpoint = log.seal(AT)
                self.checkpoints[checkpoint.size] = checkpoint

    def asked(self, old: int, size: int) -> bytes:
        last = max(self.checkpoints)
        proof = ProofMaker(self.folder, last).consistency(old, size) if old else []
        return asked(old, self.checkpoints[size], *proof)


@pytest.fixture
def log(tmp_path: Path) -> Grown:
    return Grown(tmp_path / "log", b"seen")


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    made = Witness.make(tmp_path / "witness")
    return Witness(made.folder, made.name, (VerifyKey.of(ORIGIN, KEY),))


def cosignature(reply: Reply) -> Cosignature:
    assert reply.status == 200, reply
    return Cosignature.from_text(reply.body.decode().removesuffix("\n"))


def test_it_follows_a_log_that_grows(log: Grown, witness: Witness) -> None:
    assert sorted(log.checkpoints) == [3, 5, 7]
    for old, size in ((0, 3), (3, 5), (5, 7), (7, 7)):
        said = cosignature(witness.add_checkpoint(log.asked(old, size)))
        assert said.verifies(log.checkpoints[size].note, witness.key)
        assert abs(said.at_s - time.time()) < 600


def test_it_says_from_which_size_it_must_be_led(log: Grown, witness: Witness) -> None:
    cosignature(witness.add_checkpoint(log.asked(0, 5)))
    assert witness.add_checkpoint(log.asked(0, 7)) == Reply(409, b"5\n", "text/x.tlog.size")
    assert witness.add_checkpoint(log.asked(3, 7)) == Reply(409, b"5\n", "text/x.tlog.size")


def test_a_rollback_is_refused(log: Grown, witness: Witness) -> None:
    cosignature(witness.add_checkpoint(log.asked(0, 7)))
    assert witness.add_checkpoint(log.asked(0, 3)).status == 409
    assert witness.add_checkpoint(log.asked(3, 5)).status == 409


def test_a_fork_is_refused(log: Grown, witness: Witness, tmp_path: Path) -> None:
    fork = Grown(tmp_path / "fork", b"invented")
    cosignature(witness.add_checkpoint(log.asked(0, 5)))
    assert witness.add_checkpoint(fork.asked(5, 7)).status == 422
    assert witness.add_checkpoint(fork.asked(5, 5)).status == 409
    # What it was told of the fork has not moved it.
    cosignature(witness.add_checkpoint(log.asked(5, 7)))


def test_it_remembers_after_a_restart(log: Grown, witness: Witness) -> None:
    cosignature(witness.add_checkpoint(log.asked(0, 5)))
    again = Witness(witness.folder, witness.name, witness.logs)
    assert again.add_checkpoint(log.asked(0, 7)).body == b"5\n"
    assert again.key == witness.key


def test_strangers_are_not_cosigned(log: Grown, witness: Witness) -> None:
    unknown = Witness(witness.folder, witness.name, ())
    assert unknown.add_checkpoint(log.asked(0, 3)).status == 404
    other = Checkpoint.sign(ORIGIN, 3, b"r" * 32, Ed25519PrivateKey.from_private_bytes(b"o" * 32))
    assert witness.add_checkpoint(asked(0, other)).status == 403
    assert witness.add_checkpoint(b"junk").status == 400
    assert witness.add_checkpoint(log.asked(0, 3)[:-1]).status == 400
    assert witness.add_checkpoint(asked(4, log.checkpoints[3])).status == 400
    assert witness.add_checkpoint(asked(0, log.checkpoints[3], b"h" * 32)).status == 422


def test_it_answers_over_http(log: Grown, witness: Witness) -> None:
    with witness.serving(witness.logs) as serving:
        assert post(serving.url + "/add-checkpoint", log.asked(0, 3))[0] == 200
        assert post(serving.url + "/add-checkpoint", log.asked(0, 5)) == (409, b"3\n")
        assert post(serving.url + "/other", b"")[0] == 404
        assert post(serving.url + "/add-checkpoint", bytes(MOST_REQUEST_BYTES + 1))[0] == 413


def post(url: str, body: bytes) -> tuple[int, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        connection.request("POST", parts.path, body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except BrokenPipeError:  # it hangs up on a body that it does not want
        return 413, b""
    finally:
        connection.close()

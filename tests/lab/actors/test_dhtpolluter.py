# SPDX-License-Identifier: Apache-2.0
"""Each liar lies as it says."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from swarmwitness.lab.actors.dhtpolluter import CROWD, FLOOD, Polluter, near
from swarmwitness.lab.swarm import Actor
from swarmwitness.terms import Endpoint, MalformedMessage
from swarmwitness.wire import krpc
from swarmwitness.wire.nodeid import IdFit, distance, fit_of

TARGET = b"\x5a" * 20
ENDS = [Endpoint.of(f"198.18.31.{host}", 6881) for host in range(1, 9)]
QUERY = krpc.Query(b"abcd", krpc.GET_PEERS, node_id=bytes(20), target=TARGET)


class Line:
    """A socket that keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def sendto(self, data: bytes, address: object) -> None:
        self.sent.append(data)


def said(how: str, number: int = 0) -> list[tuple[int, bytes]]:
    polluter = Polluter(how, ENDS)
    lines = [Line() for _ in ENDS]
    polluter.sockets = lines  # type: ignore[assignment]
    polluter.heard(QUERY.to_wire(), ("127.0.0.1", 1), number)
    polluter.heard(b"garbage", ("127.0.0.1", 1), number)
    assert polluter.asked == 1
    return [(by, data) for by, line in enumerate(lines) for data in line.sent]


def test_an_id_near_to_the_target() -> None:
    node_id = near(TARGET, b"1")
    assert distance(node_id, TARGET) < 1 << 112
    assert fit_of(node_id, ENDS[0].ip) is IdFit.NO


def test_the_crowd_is_the_same_for_everything() -> None:
    ((_, data),) = said("crowd")
    answer = krpc.decode(data)
    assert isinstance(answer, krpc.Response)
    assert answer.values == CROWD
    assert len(data) < 65_507


def test_neighbours_are_of_its_own_network() -> None:
    ((by, data),) = said("neighbours", 3)
    answer = krpc.decode(data)
    assert isinstance(answer, krpc.Response)
    assert (by, len(answer.values)) == (3, 254)
    assert all(str(each.ip).startswith("198.18.31.") for each in answer.values)


def test_the_lure_names_itself_alone() -> None:
    ((_, data),) = said("lure")
    answer = krpc.decode(data)
    assert isinstance(answer, krpc.Response)
    assert ([node.endpoint for node in answer.nodes], answer.values) == (ENDS, ())


def test_the_flood_answers_once_and_says_much_more() -> None:
    answers = [krpc.decode(data) for _, data in said("flood")]
    assert len(answers) == 1 + FLOOD
    assert [each.transaction for each in answers].count(b"abcd") == 1


def test_the_forger_answers_from_elsewhere() -> None:
    ((by, data),) = said("forge", 7)
    assert (by, krpc.decode(data).transaction) == (0, b"abcd")


def test_the_broken_one_is_read_as_far_as_it_goes() -> None:
    (_, odd), (_, none) = said("broken")
    assert len(krpc.decode(odd).anomalies) >= 5
    with pytest.raises(MalformedMessage):
        krpc.decode(none)


@pytest.mark.lab
def test_as_a_process(tmp_path: Path) -> None:
    ends = ["127.33.0.1:6881", "127.33.0.2:6881"]
    liars = Actor("swarmwitness.lab.actors.dhtpolluter", "lure", *ends, log=tmp_path / "log")
    liars.wait_ready("liars")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(5)
        line.sendto(QUERY.to_wire(), ("127.33.0.2", 6881))
        assert line.recvfrom(4096)[1] == ("127.33.0.2", 6881)
    assert json.loads(liars.stop()) == {"asked": 1}

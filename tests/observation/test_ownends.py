# SPDX-License-Identifier: Apache-2.0
"""Which endpoints were a vantage's own, and until when: told by its log alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from swarmwitness.observation.ownends import MAX_IPS, OwnEnds, OwnWatch
from swarmwitness.terms import Endpoint

HERE, NAT, STRANGER = "203.0.113.1", "198.51.100.1", "198.51.100.66"


def watches(tape) -> list[OwnWatch]:
    ends = OwnEnds()
    for exhibit in tape.exhibits:
        ends.feed(exhibit)
    return list(ends.watches())


def listens(tape, local: str, transport: str = "tcp", **more):
    tape.note("net", event="listen", transport=transport, **more)
    tape.exhibits[-1] = replace(tape.exhibits[-1], local=Endpoint.from_text(local))
    return tape


def owned(watch: OwnWatch) -> set[str]:
    return {
        f"{ip}:{port}" for ip in watch.ports for port in range(1 << 16) if watch.owns(ip, port, watch.since)
    }


def test_where_it_dialled_from_and_where_it_listened(tape) -> None:
    listens(tape.watched(), f"{HERE}:6881").opened()
    (watch,) = watches(tape)
    assert owned(watch) == {f"{HERE}:6881", f"{HERE}:50001"}
    assert watch.vantage == "here"


def test_what_listens_everywhere_listens_at_each_address_it_speaks_from(tape) -> None:
    listens(tape.watched(), "0.0.0.0:6881").opened(4, url="http://tracker.example/announce")
    (watch,) = watches(tape)
    # Not the port from which a tracker was asked: no peer is called from there.
    assert owned(watch) == {f"{HERE}:6881"}


def test_external_is_ours_as_configured_and_not_as_told(tape) -> None:
    listens(tape.watched(), "10.0.0.2:6881", external=f"{NAT}:16881")
    listens(tape, "10.0.0.2:6881", external=f"{STRANGER}:6881")
    listens(tape, f"{STRANGER}:6881", external=f"{STRANGER}:6881")
    listens(tape, "10.0.0.2:7000", "dht", external=f"{STRANGER}:7000")
    (watch,) = watches(tape)
    assert owned(watch) == {"10.0.0.2:6881", f"{NAT}:16881"}


def test_told_by_dht_nodes_where_nothing_was_configured(tape) -> None:
    listens(tape.watched(), "0.0.0.0:6881")
    listens(tape, f"{HERE}:6881", external=f"{STRANGER}:6881")
    (watch,) = watches(tape)
    assert owned(watch) == {f"{HERE}:6881"}


def test_each_watch_has_its_own_time_and_ends(tape) -> None:
    tape.watched().opened().note("act", act="observe-end")
    listens(tape.watched(), f"{HERE}:6881").add("tcp", tape.exhibits[0].direction, b"x", wait=50)
    tape.note("act", act="erased", wait=500)
    first, second = watches(tape)
    assert (owned(first), owned(second)) == ({f"{HERE}:50001"}, {f"{HERE}:6881"})
    assert first.until < second.since
    # The second was killed: it lasted as long as its last exhibit, not as a later act.
    assert second.until == tape.exhibits[-2].at.utc_us
    assert not second.owns(HERE, 6881, second.until + 1)
    assert not second.owns(HERE, 6881, first.until)


@pytest.mark.parametrize("payload", [b"", b"[]", b'{"event":1}', b'{"event":"listen","transport":2}'])
def test_what_cannot_be_read_establishes_nothing(tape, payload: bytes) -> None:
    listens(tape.watched(), f"{HERE}:6881")
    tape.exhibits[-1] = replace(tape.exhibits[-1], payload=payload)
    assert watches(tape) == []


def test_memory_is_bounded(tape) -> None:
    tape.watched()
    for number in range(MAX_IPS + 10):
        listens(tape, f"203.0.113.{number + 1}:6881")
    (watch,) = watches(tape)
    assert len(watch.ports) == MAX_IPS

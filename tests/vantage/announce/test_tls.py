# SPDX-License-Identifier: Apache-2.0
"""HTTPS trackers with certificates of the laboratory's own authority."""

import asyncio
import hashlib
import json
import ssl

import pytest
import uvloop

from swarmwitness.evidence import Direction
from swarmwitness.lab.certificates import certify
from swarmwitness.lab.trackermodes import Mode
from swarmwitness.vantage.announce import Announcer, AnnounceSettings

HOST = "127.0.9.1"


@pytest.fixture(scope="module")
def certified(tmp_path_factory):
    return certify(tmp_path_factory.mktemp("ca"), HOST)


def context_of(certified) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certified.chain, certified.key)
    return context


@pytest.fixture
def ask(desk, trackers, certified):
    """Announce once over TLS."""

    def asked(*, trusted=True, host=HOST, mode=Mode.HONEST, torrent=None, run=asyncio.run):
        ca_file = str(certified.authority) if trusted else ""
        settings = AnnounceSettings(timeout_s=1.0, ca_file=ca_file)

        async def go():
            async with trackers.tracker(mode, host, context_of(certified)) as where:
                announcer = Announcer(desk.station.recorder, desk.conduct, settings)
                try:
                    return await announcer.announce(desk.tracker(where["https"], torrent, port=7001))
                finally:
                    announcer.close()
                    await asyncio.sleep(0.02)

        return run(go())

    return asked


def der(certified) -> bytes:
    return ssl.PEM_cert_to_DER_cert(certified.chain.read_text())


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_a_certificate_that_an_authority_vouches_for(ask, desk, certified, run) -> None:
    assert ask(run=run).outcome == "answered"
    kinds = [exhibit.kind for _, exhibit in desk.station.seen]
    assert kinds[:4] == ["net", "certificate", "net", "http"]
    (shown,) = desk.exhibits("certificate")
    assert (shown.payload, shown.direction) == (der(certified), Direction.IN)
    (note,) = desk.notes("tls")
    assert note["verified"] is True
    assert note["version"] == "TLSv1.3"
    assert note["certificate_sha256"] == hashlib.sha256(der(certified)).hexdigest()
    assert desk.exhibits("http")[0].payload.startswith(b"GET /announce?info_hash=")
    assert len({exhibit.connection for _, exhibit in desk.station.seen}) == 1


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
@pytest.mark.parametrize(
    ("trusted", "host", "why"),
    [(False, HOST, "unable to get local issuer certificate"), (True, "127.0.9.5", "IP address mismatch")],
)
def test_a_certificate_that_does_not_verify_is_told_and_the_answer_read(
    ask, desk, trusted, host, why, run
) -> None:
    assert ask(trusted=trusted, host=host, run=run).outcome == "answered"
    (note,) = desk.notes("tls")
    assert note["verified"] is False
    assert why in note["reason"]
    assert [(n["event"], n["outcome"]) for n in desk.notes("fail", "open", "close")] == [
        ("fail", "unverified"), ("open", "connected"), ("close", "answered"),
    ]  # fmt: skip


def test_a_private_torrents_url_goes_to_nobody_whose_certificate_does_not_verify(ask, desk) -> None:
    answer = ask(trusted=False, torrent=desk.private())
    assert answer.outcome == desk.last["outcome"] == "unverified"
    assert desk.station.kinds() == ["net"], "nothing was sent inside TLS"
    assert ask(trusted=True, torrent=desk.private()).outcome == "answered"


async def plain(reader, writer):
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()


def test_who_speaks_no_tls(desk, peers) -> None:
    async def question(announcer):
        async with peers.peer(plain) as where:
            return await announcer.announce(desk.tracker(f"https://{where}/announce"))

    (answer,) = desk.run(question)
    assert answer.outcome == desk.last["outcome"] == "tls"


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
@pytest.mark.parametrize(("mode", "outcome"), [(Mode.SILENT, "timeout"), (Mode.OVERSIZED, "too_long")])
def test_hostile_inside_tls(ask, desk, mode, outcome, run) -> None:
    assert ask(mode=mode, run=run).outcome == outcome
    assert json.loads(desk.station.seen[-1][1].payload)["outcome"] == outcome

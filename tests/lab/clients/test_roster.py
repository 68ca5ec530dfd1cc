# SPDX-License-Identifier: Apache-2.0
"""What a client cannot is told with the reason."""

from __future__ import annotations

from swarmwitness.lab.clients.base import Transport
from swarmwitness.lab.clients.roster import CLIENTS, VERSIONS, lack


def test_gaps_have_reasons() -> None:
    assert lack(CLIENTS["aria2"], Transport.UTP, "v2") == "no uTP, v1 only"
    assert lack(CLIENTS["rtorrent"], Transport.TCP, "v1", v6=True) == "binds to IPv4 alone"
    assert lack(CLIENTS["transmission"], Transport.UTP, "v1", v6=True) == ""


def test_libtorrent_and_its_family_can_all() -> None:
    for kind in ("libtorrent", "qbittorrent", "deluge"):
        assert not any(
            lack(CLIENTS[kind], t, v, v6=v6) for t in Transport for v in VERSIONS for v6 in (False, True)
        )


def test_each_is_listed_under_its_own_name() -> None:
    assert all(client.kind == name for name, client in CLIENTS.items())
    assert len(CLIENTS) == 7

# SPDX-License-Identifier: Apache-2.0
"""Who plays in a mixed swarm, at which address, and what they are cut off from.

Kinds: over TCP alone, over uTP alone, encrypted alone, over IPv6, and shielded: nothing that they did not
begin themselves reaches them, over TCP or UDP, as behind a home's translator of addresses.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from swarmwitness.lab.actors.client import ClientSpec
from swarmwitness.lab.stage import Stage
from swarmwitness.terms import InputError

PORT = 6881
TCP, UTP, MSE, IPV6, SHIELDED = "tcp", "utp", "mse", "ipv6", "shielded"
# Of a hundred clients.
SHARES = ((TCP, 30), (UTP, 20), (MSE, 20), (IPV6, 15), (SHIELDED, 15))
SEED_PLACES = frozenset({5, 35, 55, 75})
"""Places in the hundred whose clients have everything: one of each kind that is not shielded."""
MAX_PEERS = 50
ANNOUNCE_EVERY_S = 20
_FIRST_NETWORK, _PER_NETWORK = 40, 10
_SLOWEST_S, _QUICKEST_S = 130.0, 40.0
_FILTER = """\
table inet laboratory {{
 chain input {{
  type filter hook input priority 0
{rules}
 }}
}}
"""


@dataclass(frozen=True, slots=True)
class Guest:
    """One client of the crowd."""

    kind: str
    address: str
    seed: bool
    spec: ClientSpec


def guests(
    stage: Stage, count: int, torrent: str, folders: tuple[str, str], content_bytes: int
) -> list[Guest]:
    """The crowd; kinds are spread evenly, and four in a hundred have everything.

    Args:
        folders: Of the whole content, and the one below which leechers put theirs.
        content_bytes: Of the torrent; leechers are throttled so that they complete between 40 and 130 s.
    """
    return [_guest(stage, n, count, torrent, (folders, content_bytes)) for n in range(count)]


def _guest(stage: Stage, n: int, count: int, torrent: str, content: tuple[tuple[str, str], int]) -> Guest:
    (whole, empty), size = content
    kind = _kind(n, stage)
    network, host = _FIRST_NETWORK + n // _PER_NETWORK, 10 + n % _PER_NETWORK
    address = (stage.address6(network, host) if kind == IPV6 else None) or stage.address(network, host)
    seed = _place(n) in SEED_PLACES
    seconds = _QUICKEST_S + (_SLOWEST_S - _QUICKEST_S) * ((n * 7919) % count) / count
    spec = ClientSpec(
        listen=f"[{address}]:{PORT}" if kind == IPV6 else f"{address}:{PORT}",
        torrents=((torrent, whole if seed else f"{empty}/{n}"),),
        down_bytes_per_s=0 if seed else int(size / seconds),
        transport=kind if kind in (UTP, MSE) else "tcp+utp" if kind == SHIELDED else TCP,
        max_peers=MAX_PEERS,
        announce_every_s=ANNOUNCE_EVERY_S,
    )
    return Guest(kind, address, seed, spec)


def _kind(n: int, stage: Stage) -> str:
    """By its place among the shares."""
    place, at = _place(n), 0
    for kind, share in SHARES:
        at += share
        if place < at:
            return TCP if kind == IPV6 and not stage.base6 else kind
    return TCP


def _place(n: int) -> int:
    """Places in a fixed pattern of a hundred, shuffled by a step that is prime to it."""
    return (n * 37) % 100


def shield(stage: Stage, crowd: Sequence[Guest]) -> None:
    """Drop what shielded clients did not begin; from inside the stage.

    Raises:
        InputError: there is no packet filter to do it with.
    """
    hidden = [guest.address for guest in crowd if guest.kind == SHIELDED]
    if not hidden:
        return
    nft = shutil.which("nft", path="/usr/sbin:/sbin:/usr/bin")
    if nft is None or not stage.private:
        raise InputError("clients can be shielded on a private stage with nft alone")
    text = _FILTER.format(rules="\n".join(_rules(hidden)))
    subprocess.run([nft, "-f", "-"], input=text, text=True, check=True, timeout=20)


def _rules(hidden: Sequence[str]) -> Iterator[str]:
    named = "{ " + ", ".join(hidden) + " }"
    yield f"ip daddr {named} ct state new tcp dport {PORT} drop"
    yield f"ip daddr {named} ct state new udp dport {PORT} drop"

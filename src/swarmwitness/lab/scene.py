# SPDX-License-Identifier: Apache-2.0
"""A scene of real clients on the stage, watched by the observer through a case, as users do.

Theory of operation: a part is one kind of client with one transport and one family of addresses. It is
played by a seed and a throttled leecher, which share a torrent of each version, and the leecher (or one
more process, where a client takes a single torrent) also wants a torrent that nobody has: its only visitor
there is the observer, so whatever its own counters say that it received, the observer gave. A client that
cannot be told to do without TCP has it refused by the stage's packet filter.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from swarmwitness.case.create import create
from swarmwitness.lab.cast import case_toml
from swarmwitness.lab.clients.base import Account, ClientProcess, Content, Setup, Transport
from swarmwitness.lab.clients.libtorrent import LibTorrent
from swarmwitness.lab.clients.roster import CLIENTS
from swarmwitness.lab.stage import Stage
from swarmwitness.lab.studio.writing import write_csv
from swarmwitness.lab.swarm import Actor, Troupe
from swarmwitness.lab.torrents import LabTorrent, make_torrent
from swarmwitness.terms import InputError
from swarmwitness.terms.columns import WORKS

PEER_PORT, TRACKER_PORT, OBSERVER_PORT = 6881, 6969, 6881
OURS, OBSERVER_HOST, TRACKER_HOST = 9, 2, 9
CONTENT_BYTES = 2_000_000
LEECH_BYTES_PER_S = 70_000
SEED, LEECHER, ALONE, FEEDER = "seed", "leecher", "alone", "feeder"
_FIRST_NETWORK = 20
_TABLE = """\
table inet laboratory {{
 chain input {{
  type filter hook input priority 0
{rules}
 }}
}}
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of client, one way to meet it.

    Attributes:
        versions: Of torrents: v1, v2, hybrid.
        dht: Whether it runs a DHT node of its own.
    """

    kind: str
    transport: Transport = Transport.TCP
    versions: tuple[str, ...] = ("v1",)
    v6: bool = False
    dht: bool = False

    @property
    def name(self) -> str:
        """For folders and torrents."""
        return "-".join((self.kind, self.transport.value, "ipv6" if self.v6 else "ipv4", *["dht"] * self.dht))

    @property
    def client(self) -> type[ClientProcess]:
        """What plays it."""
        return CLIENTS[self.kind]


@dataclass(frozen=True, slots=True)
class Player:
    """One process of a part, and the torrents that it has or wants."""

    part: Part
    role: str
    process: ClientProcess
    torrents: tuple[LabTorrent, ...]

    @property
    def address(self) -> str:
        """Where it plays."""
        return self.process.setup.address


@dataclass(slots=True)
class Played:
    """What the clients said at the end.

    Attributes:
        accounts: (part, role) -> info_hash -> account.
        received: Content that a client counts as coming from the observer, where it counts by peer.
    """

    accounts: dict[tuple[str, str], dict[str, Account]] = field(default_factory=dict)
    received: dict[tuple[str, str], int] = field(default_factory=dict)


class Scene(Troupe):
    """Clients and tracker, from inside the stage; a context manager.

    The case lets the observer dial and not listen; `listen` turns that around.
    """

    def __init__(self, stage: Stage, folder: Path, parts: Sequence[Part]) -> None:
        self._stage = stage
        super().__init__(folder.absolute())
        self._trackers: list[Actor] = []
        self._hosts: dict[int, int] = {}
        self.parts = tuple(parts)
        self.players: list[Player] = []
        self.failed: dict[str, str] = {}
        """Parts that could not be played, by name, with the reason."""
        self.torrents: dict[tuple[str, str, str], LabTorrent] = {}
        self.case_dir = self._folder / "case"

    @property
    def observer(self) -> str:
        """The observer's IPv4 address."""
        return self._stage.address(OURS, OBSERVER_HOST)

    @property
    def observer6(self) -> str | None:
        """The observer's IPv6 address."""
        return self._stage.address6(OURS, OBSERVER_HOST)

    def torrent(self, part: Part, role: str, version: str) -> LabTorrent:
        """The torrent that a role plays with."""
        swarm = ALONE if role == ALONE else "shared"
        return self.torrents[part.name, swarm, version]

    def _start(self) -> None:
        for v6 in sorted({part.v6 for part in self.parts}):
            host = self._host(OURS, TRACKER_HOST, v6=v6)
            log = self._folder / f"tracker{6 if v6 else 4}.jsonl"
            actor = Actor(
                "swarmwitness.lab.tracker", host, str(TRACKER_PORT), str(log), log=log.with_suffix(".log")
            )
            self._trackers.append(actor)
            actor.wait_ready("tracker")
        for number, part in enumerate(self.parts):
            self._make_torrents(part)
            self.players += self._cast(part, _FIRST_NETWORK + number)
        self._refuse_tcp()
        for player in self.players:
            self._attempt(player, player.process.start)
        for player in self.players:
            self._attempt(player, player.process.wait_ready)
        for player in self.players:
            if player.part.name in self.failed:
                player.process.stop()
        self.players = [player for player in self.players if player.part.name not in self.failed]
        self._make_case()

    def _attempt(self, player: Player, act: Callable[[], None]) -> None:
        """A client that does not start leaves its part out, and nobody else's."""
        if player.part.name in self.failed:
            player.process.stop()
            return
        try:
            act()
        except (InputError, OSError) as error:
            self.failed[player.part.name] = str(error)
            player.process.stop()

    def _host(self, network: int, host: int, *, v6: bool) -> str:
        address = self._stage.address6(network, host) if v6 else self._stage.address(network, host)
        if address is None:
            raise InputError("the stage has no IPv6 addresses")
        return address

    def _make_torrents(self, part: Part) -> None:
        host = self._host(OURS, TRACKER_HOST, v6=part.v6)
        url = f"http://{f'[{host}]' if part.v6 else host}:{TRACKER_PORT}/announce"
        for swarm in ("shared", ALONE):
            for version in part.versions:
                name = f"{part.name}-{swarm}-{version}.bin"
                made = make_torrent(self._folder / "made", name, version, {name: CONTENT_BYTES}, url)
                self.torrents[part.name, swarm, version] = made

    def _cast(self, part: Part, network: int) -> Iterator[Player]:
        """The players of a part."""
        shared = [self.torrents[part.name, "shared", version] for version in part.versions]
        alone = [self.torrents[part.name, ALONE, version] for version in part.versions]
        if part.client.one_torrent:
            yield from (self._player(part, network, SEED, [torrent]) for torrent in shared)
            yield from (self._player(part, network, LEECHER, [torrent]) for torrent in shared)
            yield from (self._player(part, network, ALONE, [torrent]) for torrent in alone)
        else:
            yield self._player(part, network, SEED, shared)
            yield self._player(part, network, LEECHER, shared + alone)
        if not part.client.dials:
            yield self._player(part, network, FEEDER, shared)

    def _player(self, part: Part, network: int, role: str, torrents: list[LabTorrent]) -> Player:
        host = self._hosts[network] = self._hosts.get(network, 9) + 1
        home = self._folder / "clients" / f"{part.name}-{role}-{host}"
        down = home / "content"
        down.mkdir(parents=True)
        has_all = role in (SEED, FEEDER)
        setup = Setup(
            home=home,
            address=self._host(network, host, v6=part.v6),
            port=PEER_PORT + host,
            contents=tuple(Content.of(torrent, None if has_all else down) for torrent in torrents),
            transport=part.transport,
            down_bytes_per_s=0 if has_all else LEECH_BYTES_PER_S * len(part.versions),
            dht=part.dht,
        )
        client = LibTorrent if role == FEEDER else part.client
        return Player(part, role, client(setup), tuple(torrents))

    def _refuse_tcp(self) -> None:
        """Whoever shall speak uTP alone and has no switch for it meets a closed door for TCP, both ways."""
        rules = []
        for player in self.players:
            if player.part.transport is Transport.UTP and not player.process.tcp_off:
                setup = player.process.setup
                to, by = ("ip6 daddr", "ip6 saddr") if setup.v6 else ("ip daddr", "ip saddr")
                rules.append(f"{to} {setup.address} tcp dport {setup.port} reject with tcp reset")
                rules.append(f"{by} {setup.address} tcp dport {OBSERVER_PORT} reject with tcp reset")
        if not rules:
            return
        nft = shutil.which("nft", path="/usr/sbin:/sbin:/usr/bin")
        if nft is None or not self._stage.private:
            raise InputError("TCP can be refused on a private stage with nft alone")
        text = _TABLE.format(rules="\n".join(rules))
        subprocess.run([nft, "-f", "-"], input=text, text=True, check=True, timeout=20)

    def _make_case(self) -> None:
        """A case that asks about every torrent of the scene."""
        create(self.case_dir, name="Laboratory clients", synthetic=True)
        self._write_case(port=0, dials_per_s=200)
        (self.case_dir / "torrents").mkdir(exist_ok=True)
        names = [column.name for column in WORKS]
        rows = []
        for torrent in self.torrents.values():
            shutil.copy(torrent.file, self.case_dir / "torrents")
            told = {"info_hash": torrent.v1 or torrent.v2, "title": torrent.name, "owner": "case"}
            told |= {"work_id": torrent.name, "kind": "other", "sensitive": "false"}
            rows.append([told.get(name, "") for name in names])
        write_csv(self.case_dir / "works.csv", names, rows)

    def _write_case(self, port: int, dials_per_s: int) -> None:
        text = case_toml(
            "Real clients in a laboratory, one of each kind and way.", "Laboratory clients",
            address=self.observer, address6=self.observer6 if any(p.v6 for p in self.parts) else None,
            listen=port, dials_per_s=dials_per_s, announce_every_s=5.0, dials_per_network_per_s=100.0,
        )  # fmt: skip
        (self.case_dir / "case.toml").write_text(text, encoding="utf-8")

    def listen(self) -> None:
        """From the next watch on the observer listens, and dials so slowly that most clients come first."""
        self._write_case(OBSERVER_PORT, 1)

    def ask(self) -> Played:
        """What every client counts, while it still runs; one that tells all at its end is ended."""
        played = Played()
        for player in self.players:
            key = player.part.name, player.role
            if player.process.tells_at_end:
                player.process.stop()
            played.accounts.setdefault(key, {}).update(player.process.accounts())
            if isinstance(player.process, LibTorrent):
                ours = [self.observer, *([self.observer6] if self.observer6 else [])]
                got = sum(player.process.received_from(address) for address in ours)
                played.received[key] = played.received.get(key, 0) + got
        return played

    def stop(self) -> None:
        """End everything that was started."""
        for player in self.players:
            player.process.stop()
        trackers, self._trackers = self._trackers, []
        for tracker in trackers:
            tracker.stop()

# SPDX-License-Identifier: Apache-2.0
"""Parts of a scene have names of their own; one client that does not start leaves its own part out."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmwitness.lab.clients.base import Account, ClientProcess, Transport
from swarmwitness.lab.clients.roster import CLIENTS
from swarmwitness.lab.scene import ALONE, LEECHER, SEED, Part, Scene
from swarmwitness.lab.stage import Stage
from swarmwitness.terms import InputError

# A network of this file alone: other tests play at the same time.
STAGE = Stage((), "127.42")


class Still(ClientProcess):
    """A client that plays nothing and counts nothing."""

    kind = "still"

    @classmethod
    def version(cls) -> str:
        return "1"

    def start(self) -> None:
        self.launch(["/bin/sh", "-c", "sleep 60"])

    def ready(self) -> bool:
        return True

    def accounts(self) -> dict[str, Account]:
        return {content.info_hash: Account(0, 0, False) for content in self.setup.contents}


class Broken(Still):
    """One that cannot be started."""

    kind = "broken"

    def start(self) -> None:
        raise InputError("broken does not start")


def test_parts_have_names_of_their_own() -> None:
    parts = [Part("aria2"), Part("aria2", Transport.MSE), Part("aria2", v6=True), Part("aria2", dht=True)]
    assert [part.name for part in parts] == [
        "aria2-tcp-ipv4", "aria2-mse-ipv4", "aria2-tcp-ipv6", "aria2-tcp-ipv4-dht",
    ]  # fmt: skip


@pytest.mark.lab
def test_a_client_that_does_not_start_leaves_its_own_part_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("libtorrent")
    monkeypatch.setenv("SWARMWITNESS_HOME", str(tmp_path / "home"))
    monkeypatch.setitem(CLIENTS, "still", Still)
    monkeypatch.setitem(CLIENTS, "broken", Broken)
    scene = Scene(STAGE, tmp_path / "scene", [Part("still", versions=("v1", "v2")), Part("broken")])
    with scene:
        played = scene.ask()
        scene.listen()
        text = (scene.case_dir / "case.toml").read_text()
    assert scene.failed == {"broken-tcp-ipv4": "broken does not start"}
    assert {player.role for player in scene.players} == {SEED, LEECHER}
    part = scene.parts[0]
    names = {scene.torrent(part, role, "v1").v1 for role in (LEECHER, ALONE)}
    assert names < set(played.accounts[part.name, LEECHER])
    assert len(played.accounts[part.name, SEED]) == 2
    assert "listen = 6881" in text
    assert len(list((scene.case_dir / "torrents").iterdir())) == 6


def test_without_ipv6_there_is_no_such_part(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="IPv6"), Scene(STAGE, tmp_path, [Part("libtorrent", v6=True)]):
        pass

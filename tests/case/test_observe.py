# SPDX-License-Identifier: Apache-2.0
"""`observe` on a swarm in which nobody is: outcomes, a sealed log, and live rows equal to replayed ones."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from swarmwitness.case import home
from swarmwitness.case.create import create
from swarmwitness.case.custody import acts
from swarmwitness.case.logs.verification import verify
from swarmwitness.case.observe import observe
from swarmwitness.evidence import Direction, Exhibit, read
from swarmwitness.evidence import verify as verify_log
from swarmwitness.evidence.time import Trust
from swarmwitness.lab.actors.client import ClientSpec
from swarmwitness.lab.authority import Authority
from swarmwitness.lab.libtorrent import available
from swarmwitness.lab.swarm import Actor
from swarmwitness.observation import replay
from swarmwitness.terms import InputError, Rung
from swarmwitness.terms.sighting import Sighting
from swarmwitness.vantage import Clock
from swarmwitness.wire import bencode, krpc

INFO = {b"length": 4, b"name": b"work.bin", b"piece length": 16384, b"pieces": hashlib.sha1(b"work").digest()}


@pytest.fixture
def case(tmp_path: Path) -> Path:
    root = create(tmp_path / "case", name="case", synthetic=True).root
    # Port 9 (discard) on loopback: nobody listens, so the announce is refused at once.
    torrent = {b"announce": b"http://127.0.0.1:9/announce", b"info": INFO}
    (root / "torrents" / "work.torrent").write_bytes(bencode.encode(torrent))
    return root


def test_a_tracker_that_is_not_there_is_an_outcome(case: Path) -> None:
    rows: list[Sighting] = []
    summary = observe(case, seconds=1.2, on_row=rows.append)
    assert summary.summary is not None
    assert summary.summary.announces["refused"] >= 1
    assert summary.bytes_of_works_uploaded == 0
    assert rows == list(replay(case / "evidence"))
    assert summary.n_rows == len(rows)
    assert verify(case).ok
    assert summary.checkpoint_file.read_bytes() == (case / "evidence" / "checkpoint").read_bytes()
    assert summary.to_json()["ended"] == "deadline"


def test_a_second_watch_goes_on_with_the_log(case: Path) -> None:
    first = observe(case, seconds=0.5).exhibits
    assert observe(case, seconds=0.5).exhibits > first
    assert verify(case).ok


def test_a_log_of_somebody_else_is_not_written(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWARMWITNESS_HOME", str(tmp_path / "elsewhere"))
    with pytest.raises(InputError, match="made elsewhere"):
        observe(case, seconds=0.5)


def acts_of(case: Path) -> list[dict[str, object]]:
    return [json.loads(e.payload) for _, e in read(case / "evidence") if e.kind == "act"]


def test_a_case_without_its_log_is_not_given_one_silently(case: Path) -> None:
    shutil.rmtree(case / "evidence")
    with pytest.raises(InputError, match="`swarmwitness init CASE` begins one"):
        observe(case, seconds=0.5)
    assert not (case / "evidence").exists()


def test_the_act_holds_the_hash_of_case_toml_and_the_file_is_an_exhibit(case: Path) -> None:
    raw = (case / "case.toml").read_bytes()
    observe(case, seconds=0.3)
    (act,) = [said for said in acts_of(case) if said["act"] == "observe"]
    assert act["on"]["case_toml_sha256"] == hashlib.sha256(raw).hexdigest()
    assert act["how"].endswith(" observe")
    assert [e.payload for _, e in read(case / "evidence") if e.kind == "case-toml"] == [raw]


def test_without_an_authority_a_watch_says_so_once(case: Path) -> None:
    observe(case, seconds=0.6)
    absent = [said for said in acts_of(case) if said["act"] == "time-absent"]
    assert [said["why"] for said in absent] == ["none is configured"]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="`openssl` is not installed")
def test_a_watch_is_published_at_its_start_and_its_end(case: Path, tmp_path: Path) -> None:
    with Authority.start(tmp_path / "authority") as authority:
        (case / "tsa.pem").write_bytes(authority.roots_pem)
        with (case / "case.toml").open("a") as out:
            out.write(f'\n[time]\nauthority = "{authority.url}"\ncertificate = "tsa.pem"\n')
        rows: list[Sighting] = []
        observe(case, seconds=1.2, on_row=rows.append)
    report = verify_log(case / "evidence", trust=Trust(authority.roots_pem))
    assert report.ok, report.failures
    assert report.assurance is not None
    assert 1 <= len(report.assurance.tokens) <= 2, "the first may be cut off where the machine is slow"
    # Behind the last token stand the token itself and the seal.
    assert report.assurance.published == report.size - 2
    assert rows == list(replay(case / "evidence"))


def test_an_encrypted_case_is_observed_and_read_with_its_key(case: Path) -> None:
    text = (case / "case.toml").read_text()
    (case / "case.toml").write_text(text + "\n[privacy]\nencrypt = true\n")
    rows: list[Sighting] = []
    summary = observe(case, seconds=0.6, on_row=rows.append)
    report = verify_log(case / "evidence")
    assert report.ok, report.failures
    assert report.encrypted > 0
    key = home.content_key(summary.origin, make=False)
    assert rows == list(replay(case / "evidence", content_key=key))
    assert b"announce" not in b"".join(p.read_bytes() for p in (case / "evidence" / "segments").iterdir())


def test_who_did_not_vouch_is_told(case: Path) -> None:
    assert "not vouched for: no time authority: none is configured" in observe(case, seconds=0.3).warnings
    with (case / "case.toml").open("a") as out:
        out.write('\n[time]\nauthority = "http://127.0.0.1:9/"\n')
    said = observe(case, seconds=0.3).warnings
    assert any(line.startswith("not vouched for: time from http://127.0.0.1:9/: refused") for line in said)


def of_kind(case: Path, kind: str, start: int = 0) -> list[Exhibit]:
    return [e for _, e in read(case / "evidence", start=start) if e.kind == kind]


def test_a_description_that_the_log_holds_is_not_fetched_again(case: Path) -> None:
    (case / "torrents" / "work.torrent").unlink()
    raw = bencode.encode(INFO)
    with (case / "works.csv").open("a") as works:
        works.write(f"{hashlib.sha1(raw).hexdigest()},A title{',' * 14}\n")
    observe(case, seconds=0.3)
    assert of_kind(case, "torrent") == []
    origin = (case / "evidence" / "checkpoint").read_text().splitlines()[0]
    torrent = b"d4:info" + raw + b"e"
    # An earlier watch fetched it from peers.
    with acts.open_log(case / "evidence", origin) as log:
        log.record(Exhibit("torrent", Direction.NONE, Clock().read(), "here", 0, None, None, torrent))
        log.seal(Clock().read())
    for _ in range(2):
        before = verify_log(case / "evidence").size
        rows: list[Sighting] = []
        observe(case, seconds=0.3, on_row=rows.append)
        assert [e.payload for e in of_kind(case, "torrent", before)] == [torrent]
        kinds = [e.kind for _, e in read(case / "evidence", start=before)]
        assert kinds.index("torrent") < kinds.index("target")
        assert rows == list(replay(case / "evidence"))[-len(rows) or 10**9 :]


def known_by_name(case: Path) -> tuple[str, bytes]:
    """The case knows the torrent by name alone; (the origin of its log, the description of the torrent)."""
    (case / "torrents" / "work.torrent").unlink()
    raw = bencode.encode(INFO)
    with (case / "works.csv").open("a") as works:
        works.write(f"{hashlib.sha1(raw).hexdigest()},A title{',' * 14}\n")
    return (case / "evidence" / "checkpoint").read_text().splitlines()[0], b"d4:info" + raw + b"e"


def remember(case: Path, origin: str, torrent: bytes) -> None:
    with acts.open_log(case / "evidence", origin) as log:
        log.record(Exhibit("torrent", Direction.NONE, Clock().read(), "here", 0, None, None, torrent))
        log.seal(Clock().read())


def test_who_is_asked_to_end_during_the_look_back_tells_no_target(case: Path) -> None:
    remember(case, *known_by_name(case))
    summary = observe(case, seconds=5, asked_to_end=lambda: True)
    assert summary.summary is None
    assert of_kind(case, "target") == []
    assert verify(case).ok
    before = summary.exhibits
    observe(case, seconds=0.3)
    assert len(of_kind(case, "torrent", before)) == 1


def test_a_remembered_private_torrent_is_not_said_to_be_asked_for_in_the_dht(
    case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(INFO, b"private", 1)
    toml = (case / "case.toml").read_text()
    said = '[observe]\ndht = true\naddress = "127.0.0.1"\ndht_bootstrap = ["127.0.0.1:9"]\n'
    (case / "case.toml").write_text(toml.replace("[observe]\n", said))
    remember(case, *known_by_name(case))
    warnings = observe(case, seconds=0.3).warnings
    assert any("nobody will be found there" in line for line in warnings)
    assert not any("the DHT alone is asked" in line for line in warnings)


@pytest.mark.parametrize("encrypt", [False, True])
def test_a_bad_content_key_stops_only_who_encrypts(case: Path, encrypt: bool) -> None:
    origin = (case / "evidence" / "checkpoint").read_text().splitlines()[0]
    home.content_key(origin, make=True)
    home.content_key_file(origin).chmod(0o644)
    size = verify_log(case / "evidence").size
    if encrypt:
        with (case / "case.toml").open("a") as out:
            out.write("\n[privacy]\nencrypt = true\n")
        with pytest.raises(InputError, match="can be read by others"):
            observe(case, seconds=0.3)
        assert verify_log(case / "evidence").size == size
    else:
        assert any("can be read by others" in line for line in observe(case, seconds=0.3).warnings)


@pytest.fixture
def node() -> Iterator[tuple[str, int]]:
    """A node of the DHT that answers everything."""
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind(("127.0.0.77", 0))
    over = threading.Event()
    line.settimeout(0.1)

    def serve() -> None:
        while not over.is_set():
            try:
                data, sender = line.recvfrom(2000)
            except TimeoutError:
                continue
            query = krpc.decode(data)
            line.sendto(krpc.Response(query.transaction, b"n" * 20, token=b"t").to_wire(), sender)

    thread = threading.Thread(target=serve)
    thread.start()
    yield line.getsockname()
    over.set()
    thread.join()
    line.close()


def test_nodes_that_answered_are_asked_beside_the_bootstrap(case: Path, node: tuple[str, int]) -> None:
    toml = (case / "case.toml").read_text()
    said = 'dht = true\naddress = "127.0.0.1"\ndht_bootstrap = ["{}"]\n'
    (case / "case.toml").write_text(
        toml.replace("[observe]\n", "[observe]\n" + said.format(f"{node[0]}:{node[1]}"))
    )
    first = observe(case, seconds=1.5)
    assert first.summary is not None
    assert first.summary.lookups == {"answered": 1}
    (case / "case.toml").write_text(toml.replace("[observe]\n", "[observe]\n" + said.format("localhost:9")))
    rows: list[Sighting] = []
    second = observe(case, seconds=1.5, on_row=rows.append)
    assert second.summary is not None
    assert second.summary.lookups == {"answered": 1}
    asked = {e.remote for e in of_kind(case, "dht", first.exhibits) if e.direction is Direction.OUT}
    assert f"{node[0]}:{node[1]}" in {str(each) for each in asked}
    assert second.warnings == first.warnings


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.skipif(not available(), reason="libtorrent is not installed")
def test_a_real_client_is_asked_once_for_a_description(case: Path, tmp_path: Path) -> None:
    url, (content, raw) = "http://127.46.2.1:6969/announce", (b"work", bencode.encode(INFO))
    (case / "torrents" / "work.torrent").unlink()
    (tmp_path / "work.bin").write_bytes(content)
    (tmp_path / "work.torrent").write_bytes(bencode.encode({b"announce": url.encode(), b"info": INFO}))
    with (case / "works.csv").open("a") as works:
        works.write(f"{hashlib.sha1(raw).hexdigest()},A title{',' * 14}\n")
    said = f'[observe]\ntrackers = ["{url}"]\naddress = "127.46.1.1"\nannounce_every_s = 1.0\n'
    toml = (case / "case.toml").read_text().replace("[observe]\n", said)
    (case / "case.toml").write_text(toml)
    spec = ClientSpec("127.46.2.30:6881", ((str(tmp_path / "work.torrent"), str(tmp_path)),))
    (tmp_path / "spec.json").write_text(json.dumps(asdict(spec)))
    named = str(tmp_path / "asked.jsonl")
    tracker = Actor("swarmwitness.lab.tracker", "127.46.2.1", "6969", named, log=tmp_path / "t.log")
    tracker.wait_ready("tracker")
    client = Actor("swarmwitness.lab.actors.client", str(tmp_path / "spec.json"), log=tmp_path / "c.log")
    torrents, sizes, rows = [], [0], list[Sighting]()
    try:
        for seconds in (12, 5):
            observe(case, seconds=seconds, on_row=rows.append)
            torrents.append([e.payload for e in of_kind(case, "torrent", sizes[-1])])
            sizes.append(verify_log(case / "evidence").size)
    finally:
        client.stop()
        tracker.stop()
    assert torrents == [[b"d4:info" + raw + b"e"]] * 2
    assert rows == list(replay(case / "evidence"))
    asked = [
        index
        for index, e in read(case / "evidence")
        if e.kind in ("tcp", "utp") and e.direction is Direction.OUT and b"8:msg_typei0e" in e.payload
    ]
    assert [index for index in asked if index < sizes[1]]
    assert not [index for index in asked if index >= sizes[1]], "the second watch knew it"
    again = [e.kind for _, e in read(case / "evidence", start=sizes[1])]
    assert again.index("torrent") < again.index("http")
    assert max(row.rung for row in rows) >= Rung.CLAIMED

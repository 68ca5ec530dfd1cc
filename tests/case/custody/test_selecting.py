# SPDX-License-Identifier: Apache-2.0
"""A scope means the very exhibits that it says: of rows, of whole connections, of those it names."""

from __future__ import annotations

from typing import Any

import pytest

from swarmwitness.case import home
from swarmwitness.case.config import read_config
from swarmwitness.case.custody.acts import open_log
from swarmwitness.case.custody.scope import Scope, select
from swarmwitness.case.pseudonyms import pseudonyms_of
from swarmwitness.terms import InputError
from swarmwitness.vantage import Clock

LEECHER, DEAD, TRACKER = "198.51.100.8", "198.51.100.9", "192.0.2.80"


def scope_of(case: Any, **said: Any) -> Scope:
    config = read_config(case.root)
    return Scope.from_options(config, pseudonyms_of(case.root, config), **said)


def chosen(case: Any, whole: bool, **said: Any) -> str:
    config = read_config(case.root)
    found = select(case.root, config, scope_of(case, **said), whole_connections=whole)
    assert list(found) == [case.origin], "custody/ holds nothing that anybody saw"
    return found[case.origin].to_text()


def test_rows_cite_their_exhibits(observed: Any) -> None:
    listed, leecher = observed.of["tracker"][2], observed.of["leecher"]
    cited = chosen(observed, False, addresses=[LEECHER])
    established = [listed, leecher[0], leecher[2], leecher[4]]
    assert cited == ",".join(map(str, established)), "listed, reachable, handshaken, progressed"


def test_whole_connections_are_closed_over(observed: Any) -> None:
    whole = chosen(observed, True, addresses=[LEECHER])
    assert whole == observed.text("tracker", "leecher"), "the answer that lists it, and its own conversation"


def test_who_never_answered_is_found_too(observed: Any) -> None:
    assert chosen(observed, True, addresses=[DEAD]) == observed.text("tracker", "dead")
    assert chosen(observed, True, addresses=[TRACKER]) == observed.text("tracker")
    assert chosen(observed, True, sets=["corporate"]) == observed.text("tracker", "dead", "leecher")


def test_torrents_and_works_mean_their_conversations(observed: Any) -> None:
    everybody = observed.text("tracker", "dead", "seed", "leecher")
    assert chosen(observed, True, works=["w1"]) == everybody
    assert chosen(observed, True, info_hashes=[observed.torrent]) == everybody
    assert chosen(observed, True, info_hashes=["00" * 20]) == ""
    with pytest.raises(InputError, match="work_id"):
        chosen(observed, True, works=["w9"])


def test_clauses_hold_together(observed: Any) -> None:
    assert chosen(observed, True, works=["w1"], addresses=[DEAD]) == observed.text("tracker", "dead")
    assert chosen(observed, True, works=["w1"], since="2030-01-01") == ""
    assert chosen(observed, False, addresses=[LEECHER], exhibits=[f"log:{observed.origin}/0-3"]) == ""


def test_named_exhibits_are_meant_alone_or_with_their_connection(observed: Any) -> None:
    seed = observed.of["seed"]
    name = f"log:{observed.origin}/{seed[1]}"
    assert chosen(observed, False, exhibits=[name]) == str(seed[1])
    assert chosen(observed, True, exhibits=[name]) == observed.text("seed")
    torrent = observed.of["none"][1]
    assert chosen(observed, True, exhibits=[f"log:{observed.origin}/{torrent}"]) == str(torrent)
    assert chosen(observed, True, exhibits=[f"log:{observed.origin}/0-2", "log:other/5"]) == ""


def test_everything_is_all_but_acts(observed: Any) -> None:
    watched = [str(i) for i in observed.of["none"][1:3]]
    text = chosen(observed, True, everything=True)
    assert text == f"{watched[0]}-{observed.of['none'][-1] - 1}"
    assert chosen(observed, False, everything=True).startswith("0-")


def test_without_the_key_no_pseudonym_is_made_up(observed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scope = scope_of(observed, addresses=[LEECHER])
    monkeypatch.setenv("SWARMWITNESS_HOME", str(observed.root.parent / "elsewhere"))
    with pytest.raises(InputError, match="no pseudonym key"):
        select(observed.root, read_config(observed.root), scope, whole_connections=True)


def test_an_encrypted_log_needs_its_content_key(observed: Any, converse_on: Any) -> None:
    directory = observed.root / "evidence"
    key = home.content_key(observed.origin, make=True)
    with open_log(directory, observed.origin, key) as log:
        more = converse_on(log)
        log.seal(Clock().read())
    text = chosen(observed, True, addresses=[LEECHER])
    for index in (more["leecher"][0], observed.of["leecher"][0]):
        assert any(int(a.split("-")[0]) <= index <= int(a.split("-")[-1]) for a in text.split(","))
    home.content_key_file(observed.origin).unlink()
    with pytest.raises(InputError, match="encrypted and its content key is not here"):
        chosen(observed, True, addresses=[LEECHER])

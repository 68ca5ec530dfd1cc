# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness custody`: every act from the command line, and what no act ever holds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from swarmwitness.case import home
from swarmwitness.cli.custody import abridged
from swarmwitness.evidence import VerifyKey
from swarmwitness.evidence.custody.scan import acts_in

QUAD = r"\d{1,3}(?:\.\d{1,3}){3}"
CANDIDATE = re.compile(rf"(?:[0-9A-Fa-f]{{0,4}}:){{2,7}}(?:{QUAD}|[0-9A-Fa-f]{{0,4}})|{QUAD}", re.ASCII)
ADDRESS, OTHER = "198.18.0.1", "203.0.113.77"
Call = Callable[..., Any]


@pytest.fixture
def full(call: Call, case: Path) -> Path:
    """A case whose policy erases at once, with a set and an expired clock of nothing."""
    with (case / "case.toml").open("a") as file:
        file.write(f'\n[[anchors]]\nname = "corporate"\naddresses = ["{ADDRESS}"]\n')
        file.write("\n[privacy]\nretain_days = 30\n")
    return case


def acts(call: Call, case: Path) -> list[dict[str, Any]]:
    told = call("custody", case, "--json")
    assert told.status == 0
    return list(json.loads(told.out))


def test_acts_are_printed_as_a_table_and_as_json(call: Call, full: Path) -> None:
    assert call("custody", "note", full, f"seen at {OTHER}", "--by", "Ada").status == 0
    table = call("custody", full)
    for word in ("when", "exhibit", "who", "act", "on", "why", "result", "init", "note", "Ada", "custody#"):
        assert word in table.out
    assert OTHER not in table.out
    assert re.search(r"\d seals and 2 beginnings of logs not shown; --all shows them\n", table.out)
    assert "log-sealed" not in table.out
    everything = call("custody", full, "--all").out
    assert "not shown" not in everything
    assert everything.count("log-created") == 2
    assert not re.search(r"[0-9a-f]{20}", everything), "hashes are told by their first digits"
    note = acts(call, full)[-2]
    assert (note["act"], note["who"], note["log"]) == ("note", "Ada", "custody")
    assert re.fullmatch(r"seen at addr-[a-z2-7]{10}", note["on"]["text"])


def test_keys_and_hashes_are_abridged_in_the_table() -> None:
    key = VerifyKey("example.org/case", bytes(32)).to_text()
    told = abridged(f"key {key}, root {'0123456789abcdef' * 4}, 20250101T000000 deadbeef")
    assert told == f"key {key[:38]}…, root 0123456789ab…, 20250101T000000 deadbeef"


def test_hold_and_release(call: Call, full: Path) -> None:
    laid = call("custody", "hold", full, "--set", "corporate", "--reason", "litigation", "--json")
    name = json.loads(laid.out)["hold"]
    assert call("custody", "hold", full, "--everything", "--reason", "more").out.startswith("hold-")
    refused = call("custody", "release", full, "hold-x", "--reason", "settled")
    assert refused.status == 2
    assert name in refused.err
    assert "released" in call("custody", "release", full, name, "--reason", "settled").out


def test_exclude_include_and_run(call: Call, full: Path, tmp_path: Path) -> None:
    done = call("custody", "exclude", full, "--address", ADDRESS, "--reason", f"of {OTHER}", "--json")
    number = json.loads(done.out)["index"]
    told = call("run", full, "--out", tmp_path / "out")
    assert told.status == 0
    assert "1 sightings left out by act" in told.out.replace("\n", " ")
    assert "included" in call("custody", "include", full, number, "--reason", "mistaken").out
    assert call("custody", "include", full, number, "--reason", "mistaken").status == 2
    assert "left out" not in call("run", full, "--out", tmp_path / "out").out


def test_erase_and_retain_say_what_they_did(call: Call, full: Path) -> None:
    none = call("custody", "erase", full, "--address", ADDRESS, "--reason", "request")
    assert none.status == 2
    assert "nothing in evidence/ is meant" in none.err
    assert ADDRESS not in none.err
    dry = call("custody", "retain", full, "--dry-run")
    assert (dry.status, "due" in dry.out, "30 days" in dry.out) == (0, True, True)
    assert json.loads(call("custody", "retain", full, "--json").out)["erased"] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("erase", "case", "--reason", "x"),
        ("erase", "case", "--work", "w", "--everything", "--reason", "x"),
        ("erase", "case", "--everything"),
        ("erase", "case", "w1", "--reason", "x"),
        ("hold", "case", "--set", "none", "--reason", "x"),
        ("hold", "case", "--exhibit", "7", "--reason", "x"),
        ("exclude", "case", "--everything", "--reason", "x"),
        ("exclude", "case", "--since", "now", "--reason", "x"),
        ("note", "case", ""),
        ("note", "case", "x", "--by", ""),
        ("publish", "case"),
        ("nothing", "case"),
        ("none",),
        (),
    ],
    ids=" ".join,
)
def test_wrong_use_is_one_line(call: Call, full: Path, arguments: tuple[str, ...]) -> None:
    told = call("custody", *arguments)
    assert told.status == 2
    assert told.err.startswith("swarmwitness: ")
    assert told.err.count("\n") == 1


@pytest.mark.parametrize(
    "command", ["note", "exclude", "include", "hold", "release", "erase", "retain", "publish"]
)
def test_each_command_explains_itself_with_an_example(call: Call, command: str) -> None:
    told = call("custody", command, "--help")
    assert told.status == 0
    assert f"swarmwitness custody {command}" in told.out.split("Example", 1)[1]


def every_command(call: Call, case: Path, tmp_path: Path) -> str:
    """Run all that acts, each with addresses where a person could write them; what was printed."""
    table = tmp_path / f"{OTHER}.csv"
    table.write_text((case / "sightings" / "vendor.csv").read_text())
    by = ("--by", f"Ada at {OTHER}")
    why = ("--reason", f"because of {OTHER} and 2001:db8::77")
    told = [
        call("custody", "note", case, f"{ADDRESS}, [2001:db8::77]:80", *by),
        call("intake", case, table, "--from", f"mail from {OTHER}", *by),
        call("custody", "exclude", case, "--address", ADDRESS, *why, *by),
        call("custody", "include", case, "9999", *why, *by),
        call("custody", "hold", case, "--address", ADDRESS, *why, *by),
        call("custody", "erase", case, "--address", ADDRESS, *why, *by),
        call("custody", "retain", case, *by),
        call("reveal", case, "addr-aaaaaaaaaa", *why, *by),
        call("init", case, *by),
        call("run", case, "--out", tmp_path / "out"),
        call("verify", case),
        call("custody", case),
    ]
    assert [each.status for each in told] == [0, 0, 0, 2, 0, 2, 0, 1, 2, 0, 0, 0]
    return "".join(each.out + each.err for each in told)


def reads_as_an_address(text: str) -> bool:
    import ipaddress

    for match in CANDIDATE.finditer(text):
        try:
            ipaddress.ip_address(match[0])
        except ValueError:
            continue
        return True
    return False


def test_no_act_ever_holds_an_address(call: Call, full: Path, tmp_path: Path) -> None:
    every_command(call, full, tmp_path)
    found = [exhibit.payload.decode() for _, exhibit in acts_in(full / "custody")]
    assert len(found) > 10
    assert not [text for text in found if reads_as_an_address(text)]
    assert reads_as_an_address(f"seen at {OTHER}:80"), "the search can find one"


def test_no_secret_is_ever_written_or_told(call: Call, full: Path, tmp_path: Path) -> None:
    from swarmwitness.evidence.reading import read_checkpoint

    origin = read_checkpoint(full / "evidence").origin
    home.content_key(origin, make=True)
    told = every_command(call, full, tmp_path)
    secrets = [
        f.read_bytes() for folder in ("pseudonyms", "contents") for f in (home.home() / folder).iterdir()
    ]
    secrets += [
        home.signing_key(read_checkpoint(full / log).origin, make=False).private_bytes_raw()
        for log in ("evidence", "custody")
    ]
    assert len(secrets) == 4
    kept = set(home.home().rglob("*.key"))
    written = b"".join(f.read_bytes() for f in tmp_path.rglob("*") if f.is_file() and f not in kept)
    for secret in secrets:
        for form in (secret, secret.hex().encode()):
            assert form not in written
            assert form.decode("latin-1") not in told
    assert b"PRIVATE KEY" not in written


def test_a_vantage_is_dropped_by_an_act(call: Call, full: Path, tmp_path: Path) -> None:
    assert call("init", "far", "--synthetic").status == 0
    (taken,) = json.loads(call("intake", full, tmp_path / "far", "--json").out)["vantages"]
    assert call("custody", "drop", full, "rome", "--reason", "x").status == 2
    told = call("custody", "drop", full, taken["name"], "--reason", "sent by mistake", "--by", "Ada")
    assert told.out.startswith(f"dropped         {taken['name']}")
    assert not (full / taken["name"]).exists()
    assert acts(call, full)[-2]["act"] == "vantage-dropped"
    assert call("verify", full).status == 0


def test_publish_asks_the_authority_and_says_what_it_said(call: Call, full: Path, tmp_path: Path) -> None:
    from swarmwitness.lab.authority import Authority

    with Authority.start(tmp_path / "authority") as authority:
        (full / "roots.pem").write_bytes(authority.roots_pem)
        with (full / "case.toml").open("a") as file:
            file.write(f'\n[time]\nauthority = "{authority.url}"\ncertificate = "roots.pem"\n')
        told = call("custody", "publish", full)
        assert (told.status, told.err) == (0, "")
        assert told.out.count("time            20") == 2, "of both logs"
        assert "Laboratory time authority" in told.out
        assert "timestamped" in call("custody", full).out
    silent = call("custody", "publish", full, "--json")
    assert silent.status == 1
    assert all(each["absent"] for each in json.loads(silent.out))
    assert call("verify", full).status == 0

# SPDX-License-Identifier: Apache-2.0
"""Publishing a real log to a real authority and a real witness, and to bad ones."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import VerifyKey, VerifyReport, verify
from swarmwitness.evidence.reading import read, read_checkpoint
from swarmwitness.evidence.time import WitnessKey
from swarmwitness.lab.authority import Authority, Behaviour
from swarmwitness.lab.witness import Witness
from swarmwitness.vantage import Entropy, RecordingError
from swarmwitness.vantage.publish import (
    CUT_OFF,
    MOST_KEPT_BYTES,
    NONE_CONFIGURED,
    Publisher,
    beside,
)
from swarmwitness.vantage.vouchers import Published, RecorderPlace, Vouchers

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="`openssl` is not installed")
STRANGER = WitnessKey.of("witness.example/none", Ed25519PrivateKey.from_private_bytes(b"s" * 32))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("lab") / "authority")


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness.make(tmp_path / "witness")


def key_of(station) -> VerifyKey:
    return VerifyKey.from_text((station.directory / "log.vkey").read_text().removesuffix("\n"))


def publisher_of(station, vouchers: Vouchers) -> Publisher:
    return Publisher(RecorderPlace(station.recorder, station.directory), vouchers, Entropy().draw)


def once(station, vouchers: Vouchers) -> Published:
    return asyncio.run(publisher_of(station, vouchers).publish())


def verified(station) -> VerifyReport:
    report = verify(station.directory)
    assert report.ok, report.failures
    assert report.assurance is not None
    return report


def acts(station, name: str) -> list[dict[str, object]]:
    said = [json.loads(e.payload) for _, e in read(station.directory) if e.kind == "act"]
    return [each for each in said if each["act"] == name]


def test_a_log_is_stamped_and_cosigned_round_after_round(station, authority, witness) -> None:
    with authority.serving() as tsa, witness.serving([key_of(station)]) as serving:
        vouchers = Vouchers(tsa.url, tsa.roots_pem, ((serving.url, witness.key),))
        publisher = publisher_of(station, vouchers)

        async def rounds() -> list[Published]:
            said = []
            for number in range(3):
                station.recorder.note("net", {"event": number})
                said.append(await publisher.publish())
            return said

        said = asyncio.run(rounds())
    assert [(each.size, each.stamped, each.witnesses, each.absent) for each in said] == [
        (size, True, (witness.name,), ()) for size in (3, 8, 13)
    ]
    assert said[0].token is not None
    assert said[0].token.verified_by == ("rfc3161-client", "openssl")
    assurance = verified(station).assurance
    assert [token.size for token in assurance.tokens] == [3, 8, 13]
    assert [cosignature.size for cosignature in assurance.cosignatures] == [3, 8, 13]
    assert assurance.published == 13
    assert all(token.lateness_s is not None and abs(token.lateness_s) < 60 for token in assurance.tokens)


def test_a_witness_that_has_seen_more_or_less_is_led_on(station, authority, witness) -> None:
    """Each publisher begins without memory: the witness says from where, and is led from there."""
    with witness.serving([key_of(station)]) as serving:
        vouchers = Vouchers(witnesses=((serving.url, witness.key),))
        for _ in range(3):
            station.recorder.note("net", {})
            assert once(station, vouchers).witnesses == (witness.name,)


def test_a_log_that_was_cut_short_is_not_cosigned_and_says_so(station, witness) -> None:
    with witness.serving([key_of(station)]) as serving:
        memory = {key_of(station).name: [50, "00" * 32]}
        (witness.folder / "memory.json").write_text(json.dumps(memory))
        said = once(station, Vouchers(witnesses=((serving.url, witness.key),)))
    assert said.witnesses == ()
    assert any("the witness has seen 50 exhibits of this log, more than" in why for why in said.absent)
    (act,) = acts(station, "cosignature-absent")
    assert base64.b64decode(act["result"]["reply"]) == b"50\n"
    verified(station)


def test_a_witness_that_saw_a_fork_is_not_believed_to_agree(station, witness) -> None:
    with witness.serving([key_of(station)]) as serving:
        memory = {key_of(station).name: [1, "00" * 32]}
        (witness.folder / "memory.json").write_text(json.dumps(memory))
        station.recorder.note("net", {})
        said = once(station, Vouchers(witnesses=((serving.url, witness.key),)))
    assert said.absent[-1].endswith("HTTP status 422")


def test_lines_of_other_keys_are_passed_over(station, witness) -> None:
    with witness.serving([key_of(station)]) as serving:
        said = once(station, Vouchers(witnesses=((serving.url, STRANGER),)))
    assert said.witnesses == ()
    assert said.absent[-1].endswith("no valid cosignature in the answer")
    assert not verified(station).assurance.cosignatures


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [
        (Behaviour.REFUSING, "token_refused: status 2"),
        (Behaviour.GARBAGE, "token_malformed"),
        (Behaviour.OTHER_NONCE, "token_nonce"),
        (Behaviour.OTHER_MESSAGE, "token_imprint"),
        (Behaviour.BROKEN, "HTTP status 500"),
    ],
)
def test_a_bad_answer_becomes_an_act_with_the_answer(station, authority, behaviour, why: str) -> None:
    with authority.serving(behaviour=behaviour) as tsa:
        said = once(station, Vouchers(tsa.url, tsa.roots_pem))
    assert (said.token, said.stamped) == (None, False)
    assert f"time from {tsa.url}: {why}" in said.absent[0]
    (act,) = acts(station, "time-absent")
    assert act["on"] == {"asked": tsa.url, "root": act["on"]["root"], "size": 1}
    assert act["why"].startswith(why)
    kept = base64.b64decode(act["result"]["reply"])
    assert act["result"]["reply_bytes"] == len(kept) <= MOST_KEPT_BYTES
    assert verified(station).assurance.published == 0


def test_wrong_roots_are_found_before_the_token_is_recorded(station, authority, tmp_path: Path) -> None:
    other = Authority.make(tmp_path / "other")
    with authority.serving() as tsa:
        said = once(station, Vouchers(tsa.url, other.roots_pem))
    assert "token_untrusted" in said.absent[0]
    assert not [kind for kind in station.kinds() if kind == "time"]
    verified(station)


def test_without_roots_the_token_is_kept_and_counts_for_nothing(station, authority) -> None:
    with authority.serving() as tsa:
        said = once(station, Vouchers(tsa.url))
    assert (said.token, said.stamped, said.absent) == (None, True, ())
    assert verified(station).assurance.unrooted == (1,)


def test_nobody_there_and_nobody_in_time(station, authority) -> None:
    said = once(station, Vouchers("http://127.0.0.1:9/", b"x", (("http://127.0.0.1:9", STRANGER),)))
    assert [why.rpartition(": ")[2] for why in said.absent] == ["refused", "refused"]
    began = time.monotonic()
    with authority.serving(behaviour=Behaviour.SLOW) as tsa:
        slow = once(station, Vouchers(tsa.url, tsa.roots_pem, timeout_s=0.4))
        assert time.monotonic() - began < 20
    assert slow.absent[0].endswith("timeout")
    assert {act["why"] for act in acts(station, "time-absent")} == {"refused", "timeout"}
    assert [act["why"] for act in acts(station, "cosignature-absent")] == ["refused"]


def test_without_an_authority_it_is_said_once(station) -> None:
    publisher = publisher_of(station, Vouchers())

    async def twice() -> list[Published]:
        return [await publisher.publish(), await publisher.publish()]

    first, second = asyncio.run(twice())
    assert first.absent == (f"no time authority: {NONE_CONFIGURED}",)
    assert second.absent == ()
    assert len(acts(station, "time-absent")) == 1
    assert read_checkpoint(station.directory).size == station.log.size


# Beside a watch


async def until(station, tokens: int) -> None:
    """Wait until so many tokens are recorded; machines are shared and slow."""
    async with asyncio.timeout(30):
        while station.kinds().count("time") < tokens:
            await asyncio.sleep(0.02)


def test_a_watch_is_published_at_its_start_meanwhile_and_at_its_end(station, authority) -> None:
    async def watch() -> str:
        for number in range(3):
            station.recorder.note("net", {"event": number})
            await until(station, number + 1)
        station.recorder.note("net", {"event": "last"})
        return "watched"

    with authority.serving() as tsa:
        publisher = publisher_of(station, Vouchers(tsa.url, tsa.roots_pem))
        assert asyncio.run(beside(watch(), publisher, 0.1)) == "watched"
    tokens = verified(station).assurance.tokens
    assert len(tokens) >= 4
    assert tokens[0].size <= 4
    assert station.kinds().count("net") == 4
    last = [index for index, exhibit in station.seen if exhibit.kind == "net"][-1]
    assert last < tokens[-1].size, "the end is published too"


def test_a_slow_authority_does_not_hold_up_the_watch(station, authority) -> None:
    async def watch() -> float:
        began = time.monotonic()
        for number in range(10):
            station.recorder.note("net", {"event": number})
            await asyncio.sleep(0.02)
        return time.monotonic() - began

    with authority.serving(behaviour=Behaviour.SLOW) as tsa:
        publisher = publisher_of(station, Vouchers(tsa.url, tsa.roots_pem, timeout_s=4.0))
        took = asyncio.run(beside(watch(), publisher, 60))
    assert took < 4.0
    whys = [act["why"] for act in acts(station, "time-absent")]
    assert whys == [CUT_OFF, "timeout"]
    verified(station)


def test_a_cancelled_watch_is_published(station, authority) -> None:
    async def run(publisher: Publisher) -> None:
        watching = asyncio.ensure_future(beside(asyncio.sleep(60), publisher, 60))
        await until(station, 1)
        station.recorder.note("net", {"event": "last"})
        watching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await watching

    with authority.serving() as tsa:
        asyncio.run(run(publisher_of(station, Vouchers(tsa.url, tsa.roots_pem))))
    tokens = verified(station).assurance.tokens
    assert [token.size for token in tokens] == [1, 5]


def test_a_watch_that_failed_is_not_published(station, authority) -> None:
    async def fails() -> None:
        await until(station, 1)
        raise RecordingError("the disk is full")

    with authority.serving() as tsa:
        publisher = publisher_of(station, Vouchers(tsa.url, tsa.roots_pem))
        with pytest.raises(RecordingError):
            asyncio.run(beside(fails(), publisher, 60))
    assert len(verified(station).assurance.tokens) == 1


def test_a_fault_of_publishing_is_not_swallowed(station, authority) -> None:
    def no_entropy(count: int) -> bytes:
        raise OSError("no entropy")

    place = RecorderPlace(station.recorder, station.directory)
    publisher = Publisher(place, Vouchers("http://127.0.0.1:9/"), no_entropy)
    with pytest.raises(OSError, match="no entropy"):
        asyncio.run(beside(asyncio.sleep(0.1), publisher, 60))

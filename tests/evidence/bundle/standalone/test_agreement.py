# SPDX-License-Identifier: Apache-2.0
"""What could be read in two ways, is not: hostile makers who hold the keys, and both verifiers."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from swarmwitness.evidence import Direction, Exhibit
from swarmwitness.evidence.bundle import layout
from swarmwitness.evidence.bundle.bag import manifest_text, tag_hashes
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.note import Note
from swarmwitness.evidence.time.query import Query
from swarmwitness.evidence.time.statements import Timestamped
from swarmwitness.terms import Instant

EVIDENCE, NONCE = "example.org/bundled", bytes(range(1, 9))
GRANTED = b"\x02\x01\x00"

Reply = Callable[[bytes], bytes]


def element(tag: int, content: bytes) -> bytes:
    """DER of fewer than 65,536 bytes."""
    if len(content) < 128:
        return bytes((tag, len(content))) + content
    return bytes((tag, 0x82)) + len(content).to_bytes(2, "big") + content


def inside(raw: bytes) -> bytes:
    """The content of one element of DER."""
    return raw[2 if raw[1] < 128 else 2 + (raw[1] & 127) :]


def with_status(state: bytes) -> Reply:
    """The same token under another status, which nobody signs."""

    def changed(reply: bytes) -> bytes:
        parts = inside(reply)
        token = parts[2 + parts[1] :]
        return element(0x30, element(0x30, state) + token)

    return changed


def saying(text: bytes) -> bytes:
    return GRANTED + element(0x30, element(0x0C, text))


def recorded(maker: Any, kind: str, payload: Callable[[Checkpoint], bytes]) -> Path:
    """A bundle of a log that holds one statement more."""
    maker.evidence()
    checkpoint = maker.checkpoint()
    with maker.log("evidence", EVIDENCE, maker.key_of(1)) as log:
        at = Instant(10**18 + 85)
        log.record(Exhibit(kind, Direction.NONE, at, "v", 0, None, None, payload(checkpoint)))
        log.seal(at)
    maker.custody()
    return Path(maker.bundle())


def stamp(maker: Any, checkpoint: Checkpoint, change: Reply = bytes, roots: Reply = bytes) -> bytes:
    query = Query.about(checkpoint.to_wire(), NONCE).to_wire()
    reply = change(maker.authority.reply(query))
    pem = roots(maker.authority.roots_pem)
    return Timestamped("http://authority.example", checkpoint, query, reply, pem).to_payload()


def test_a_time_written_into_the_status_is_not_told(maker: Any, both: Any, tools: ModuleType) -> None:
    """openssl prints the status's text as it came, before the token's own time."""
    text = b"\nTST info:\nTime stamp: Jan  1 00:00:00 2026 GMT"
    bundle = recorded(maker, "time", lambda c: stamp(maker, c, with_status(saying(text))))
    assert both.agreed(bundle) == ""
    assert "2026-01-01" not in tools.by_command(bundle).stdout


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (with_status(b"\x02\x01\x02"), "token_refused"),
        (with_status(b"\x02\x01\x01" + element(0x30, element(0x0C, b"\nStatus: Granted."))), "token_refused"),
        (with_status(saying(b"\xff")), "token_malformed"),
        (lambda reply: reply + b"\0", "token_malformed"),
        (lambda reply: element(0x30, inside(reply) + b"\x05\x00"), "token_malformed"),
        (lambda reply: b"\x30\x80" + inside(reply) + b"\0\0", "token_malformed"),
        (lambda reply: b"\x30\x84\0\0" + reply[2:], "token_malformed"),
    ],
)
def test_replies_in_other_words(maker: Any, both: Any, change: Reply, reason: str) -> None:
    assert both.agreed(recorded(maker, "time", lambda c: stamp(maker, c, change))) == reason


@pytest.mark.parametrize(
    ("roots", "reason"),
    [
        (lambda pem: pem.replace(b" CERTIFICATE", b" TRUSTED CERTIFICATE"), "token_untrusted"),
        (
            lambda pem: pem + b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "token_untrusted",
        ),
        (lambda pem: pem.replace(b"\n", b""), ""),
    ],
)
def test_roots_in_other_words(maker: Any, both: Any, roots: Reply, reason: str) -> None:
    assert both.agreed(recorded(maker, "time", lambda c: stamp(maker, c, roots=roots))) == reason


@pytest.mark.parametrize("kind", ["time", "witness"])
def test_a_checkpoint_of_another_name_that_our_key_signed(maker: Any, both: Any, kind: str) -> None:
    """Same size and root, our key, another origin in the first line."""

    def said(own: Checkpoint) -> bytes:
        text = f"example.org/other\n{own.size}\n{base64.b64encode(own.root).decode()}\n"
        other = Checkpoint.from_wire(Note.sign(text, EVIDENCE, maker.key_of(1)).to_wire())
        return stamp(maker, other) if kind == "time" else bytes(maker.cosigned(other))

    assert both.agreed(recorded(maker, kind, said)) == "statement_foreign"


def test_half_a_surrogate_pair_in_a_statement(maker: Any, both: Any) -> None:
    def said(checkpoint: Checkpoint) -> bytes:
        return stamp(maker, checkpoint).replace(b"http://authority.example", b"\\ud800")

    assert both.agreed(recorded(maker, "time", said)) == "statement_malformed"


@pytest.mark.parametrize(
    "value", [b"NaN", b"-Infinity", b'"\\ud800"', b"9" * 1001, b"[" * 64 + b"]" * 64, b"[" * 987 + b"]" * 987]
)
def test_values_that_readers_read_differently(
    bundle: Path, both: Any, tools: ModuleType, good: Any, value: bytes
) -> None:
    file = bundle / "data/filter.json"
    file.write_bytes(file.read_bytes()[:-2] + b',"zz":' + value + b"}\n")
    tools.repaired(bundle, good.key_of(2))
    assert both.agreed(bundle) == "filter_differs"


@pytest.mark.parametrize("signatures", [[], "", {}, "xy", {"a": 1, "b": 2}, 2])
def test_a_statement_with_no_or_two_signatures(bundle: Path, both: Any, signatures: object) -> None:
    file = bundle / layout.STATEMENT
    said = json.loads(file.read_bytes())
    said["signatures"] = said["signatures"] * 2 if signatures == 2 else signatures
    file.write_bytes((json.dumps(said, sort_keys=True, separators=(",", ":")) + "\n").encode())
    tags = {name: (bundle / name).read_bytes() for name in layout.TAG_FILES}
    (bundle / layout.TAG_MANIFEST).write_bytes(manifest_text(tag_hashes(tags)))
    assert both.agreed(bundle) == "statement_malformed"


def test_an_exhibit_longer_than_any_is_not_read(
    bundle: Path, both: Any, tools: ModuleType, good: Any
) -> None:
    with (bundle / "data/logs/1/exhibits/1.exhibit").open("r+b") as stream:
        stream.truncate(32 + 32 * 1024 * 1024 + 1025)
    tools.repaired(bundle, good.key_of(2))
    assert both.agreed(bundle) == "unreadable"


def test_many_ranges_end(tools: ModuleType) -> None:
    """First shared numbers are found in one pass, not by comparing every pair."""
    module = tools.load_standalone()
    some = [(4 * at, 4 * at + 1) for at in range(200_000)]
    others = [(4 * at + 2, 4 * at + 3) for at in range(200_000)]
    assert module.first_shared(some, others) is None
    assert module.first_shared([*some, (800_000, 800_003)], [*others, (800_002, 800_004)]) == 800_002


def test_a_file_with_holes_is_not_hashed(bundle: Path, both: Any) -> None:
    """It claims a tebibyte and takes no place; hashing it would take an hour."""
    with (bundle / "data/custody.csv").open("r+b") as stream:
        stream.truncate(1 << 40)
    assert both.agreed(bundle) == "unreadable"


def test_many_files_with_holes_are_not_hashed(bundle: Path, both: Any) -> None:
    (bundle / "data/drafts").mkdir()
    for number in range(70):
        with (bundle / f"data/drafts/{number}").open("wb") as stream:
            stream.truncate(1 << 30)
    reason = both.agreed(bundle)
    assert reason in ("unreadable", "unexpected_file")

# SPDX-License-Identifier: Apache-2.0
"""What may be said, from statements made by hand: ranges, lateness, many tokens, many witnesses."""

from __future__ import annotations

from swarmwitness.evidence.time.sentences import (
    MOST_SENTENCES,
    Cosigning,
    Stamping,
    ahead_of_authority,
    sentences_of,
)
from swarmwitness.terms import Instant

SECOND = 10**9
NOON = 1_800_000_000


def stamping(size: int, at_s: float, **other: object) -> Stamping:
    said: dict[str, object] = {
        "index": size,
        "size": size,
        "gen_time_ns": int(at_s * SECOND),
        "accuracy_ns": SECOND,
        "authority": "CN=tsa",
        "url": "https://tsa.example/",
        "verified_by": ("rfc3161-client", "openssl"),
        "lateness_s": 1.0,
        "sha256": "00",
    }
    return Stamping(**{**said, **other})  # type: ignore[arg-type]


def said(*tokens: Stamping, size: int = 100, rooted: bool = True) -> tuple[str, ...]:
    return sentences_of(tokens, (), (), size=size, rooted=rooted)


def test_each_exhibit_is_dated_by_the_earliest_token_over_it() -> None:
    told = said(stamping(10, NOON), stamping(20, NOON + 60), stamping(30, NOON + 120), size=30)
    assert [line.split(" existed")[0] for line in told[:3]] == [
        "Exhibits 0 to 9",
        "Exhibits 10 to 19",
        "Exhibits 20 to 29",
    ]
    assert "by 2027-01-15T08:01:00Z (±1 s), says CN=tsa" in told[1]
    assert len(told) == 4, "nothing is left with the vantage's own clock"


def test_a_later_token_that_is_earlier_covers_more() -> None:
    """The token over 20 exhibits is earlier than the one over 10, so it dates them all."""
    told = said(stamping(10, NOON + 60), stamping(20, NOON), size=20)
    assert told[0].startswith("Exhibits 0 to 19 existed by 2027-01-15T08:00:00Z")
    assert len(told) == 2


def test_of_two_tokens_over_one_checkpoint_the_earlier_counts_accuracy_included() -> None:
    vague = stamping(10, NOON - 1, accuracy_ns=60 * SECOND, index=10)
    exact = stamping(10, NOON, accuracy_ns=SECOND, index=11)
    assert "token in exhibit 11" in said(vague, exact, size=10)[0]
    assert "token in exhibit 11" in said(exact, vague, size=10)[0]


def test_instants_are_rounded_to_the_later_second() -> None:
    assert "by 2027-01-15T08:00:01Z" in said(stamping(10, NOON + 0.25))[0]
    assert "the authority states no accuracy" in said(stamping(10, NOON, accuracy_ns=None))[0]
    assert "(±0.1 s)" in said(stamping(10, NOON, accuracy_ns=SECOND // 10))[0]


def test_hostile_instants_are_told_too() -> None:
    assert "9999-12-31T23:59:59Z" in said(stamping(10, 10**12))[0]
    assert "1970-01-01T00:00:00Z" in said(stamping(10, -(10**10)))[0]


def test_many_tokens_are_summed_up() -> None:
    tokens = [stamping(10 * n, NOON + 3600 * n) for n in range(1, 1001)]
    told = said(*tokens, size=10_002)
    assert len(told) == MOST_SENTENCES + 3
    assert told[0].startswith("Exhibits 0 to 9 existed")
    assert told[1].startswith("Exhibits 9950 to 9959 existed")
    between = f"Between them {1000 - MOST_SENTENCES} more tokens date exhibits 10 to 9949"
    assert told[MOST_SENTENCES].startswith(between)
    assert told[-1].startswith("Exhibits 10000 to 10001 have the vantage's own clock alone")


def test_one_verifier_is_said_to_be_one() -> None:
    told = said(stamping(10, NOON, verified_by=("rfc3161-client",)))
    assert "accepted by rfc3161-client alone: `openssl` could not be asked" in told[0]


def test_nothing_is_said_of_a_root_without_a_token() -> None:
    assert said(size=1, rooted=True) == (
        "Exhibit 0 has the vantage's own clock alone: no valid token covers it.",
    )
    told = sentences_of((), (), (4, 9), size=10, rooted=False)
    assert told[-1].startswith("2 tokens (the first in exhibit 4) were not checked")


def test_each_witness_is_told_once_with_its_last_word() -> None:
    words = [Cosigning(n, n, NOON + n, f"w{n % 9}", f"key{n % 9}", known=True) for n in range(1, 28)]
    told = sentences_of((), words, (), size=30, rooted=False)
    assert len(told) == 1 + MOST_SENTENCES + 1
    assert "The witness w1 cosigned this log with 19 exhibits at 2027-01-15T08:00:19Z" in told[1]
    assert told[-1] == "3 more witnesses cosigned; --json lists them."


def test_a_seal_that_claims_a_later_instant_than_its_token_is_named() -> None:
    seals = {10: Instant((NOON + 11) * SECOND, 0, 0, 0), 20: Instant(NOON * SECOND, 0, 0, 0)}
    warnings = ahead_of_authority([stamping(10, NOON), stamping(20, NOON), stamping(30, NOON)], seals)
    (warning,) = warnings
    assert "exhibits up to 9: the vantage's clock was at least 10.0 s ahead" in warning
    assert "(exhibit 10)" in warning

# SPDX-License-Identifier: Apache-2.0
"""What statements about a log allow one to say, in plain words, and never more than is known.

A token says: this checkpoint existed at that time. So everything below it existed then. It does not say that
anything happened at that time, nor that it had not happened long before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from swarmwitness.terms import Instant

LATE_S = 60.0
"""A token that follows the seal by more is called late: until then only the vantage's own clock spoke."""
MOST_SENTENCES = 6
"""Ranges of exhibits told one by one; of more, the first and the last, and how many lie between."""
_SECOND = 1_000_000_000
_MOST_NS = 253_402_300_799 * _SECOND


@dataclass(frozen=True, slots=True)
class Stamping:
    """A valid token in the log.

    Attributes:
        index: Exhibit that holds it.
        size: Exhibits below the checkpoint that it is about.
        gen_time_ns, accuracy_ns, authority, verified_by, sha256: As in `token.Token`.
        url: Where the authority was asked.
        lateness_s: Token's time less the vantage's instant of the seal; None where that is not known.
    """

    index: int
    size: int
    gen_time_ns: int
    accuracy_ns: int | None
    authority: str
    url: str
    verified_by: tuple[str, ...]
    lateness_s: float | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Cosigning:
    """A valid cosignature in the log.

    Attributes:
        at_s: Seconds since 1970 by the witness's clock.
        known: Whether the witness's key was given from another source.
    """

    index: int
    size: int
    at_s: int
    witness: str
    key: str
    known: bool


def sentences_of(
    tokens: Sequence[Stamping],
    cosignatures: Sequence[Cosigning],
    unrooted: Sequence[int],
    *,
    size: int,
    rooted: bool,
) -> tuple[str, ...]:
    """What may be said of a log of `size` exhibits."""
    told = [_since(first, token) for first, token in _chosen(_bounds(tokens))]
    told += _between(_bounds(tokens))
    told += _about_roots(tokens, rooted)
    told += _alone(max((token.size for token in tokens), default=0), size)
    told += [_unrooted(unrooted)] if unrooted else []
    return (*told, *_witnessed(cosignatures))


def ahead_of_authority(tokens: Sequence[Stamping], seals: Mapping[int, Instant]) -> list[str]:
    """Warnings: the vantage's clock was ahead of the authority's by more than both admit.

    Only the acts of sealing are compared. They are the last exhibits below each checkpoint, so a clock
    that runs ahead shows there, and there are few of them.
    """
    warnings = []
    for token in tokens:
        sealed = seals.get(token.size)
        if sealed is None:
            continue
        earliest = sealed.utc_ns - sealed.offset_ns - max(sealed.bound_ns, 0)
        ahead_ns = earliest - token.gen_time_ns - (token.accuracy_ns or _SECOND)
        if ahead_ns > 0:
            warnings.append(
                f"exhibits up to {token.size - 1}: the vantage's clock was at least {ahead_ns / 1e9:.1f} s"
                f" ahead of the time authority's when they were sealed (exhibit {token.index});"
                " the instants that they state are later than the authority allows"
            )
    return warnings


def _bounds(tokens: Sequence[Stamping]) -> list[tuple[int, Stamping]]:
    """(first exhibit, token) of ranges: each exhibit under the earliest of the tokens that cover it."""
    best: list[Stamping] = []
    for token in sorted(tokens, key=lambda t: (t.size, -_latest(t)), reverse=True):
        if not best or _latest(token) < _latest(best[-1]):
            best.append(token)
    firsts = [0, *(token.size for token in best[:0:-1])] if best else []
    return [pair for pair in zip(firsts, reversed(best), strict=True) if pair[0] < pair[1].size]


def _latest(token: Stamping) -> int:
    return token.gen_time_ns + (token.accuracy_ns or 0)


def _chosen(bounds: list[tuple[int, Stamping]]) -> list[tuple[int, Stamping]]:
    if len(bounds) <= MOST_SENTENCES:
        return bounds
    return [bounds[0], *bounds[-(MOST_SENTENCES - 1) :]]


def _since(first: int, token: Stamping) -> str:
    by = " and ".join(token.verified_by)
    single = "" if len(token.verified_by) > 1 else " alone: `openssl` could not be asked"
    return (
        f"Exhibits {first} to {token.size - 1} existed by {_time(token)}, says {token.authority}"
        f" (token in exhibit {token.index}, accepted by {by}{single}).{_late(token)}"
    )


def _late(token: Stamping) -> str:
    if token.lateness_s is None or token.lateness_s <= LATE_S:
        return ""
    return (
        f" The token is late: it came {token.lateness_s:,.0f} s after the log was sealed by the vantage's own"
        " clock, and for that time nobody else speaks."
    )


def _time(token: Stamping) -> str:
    text = _utc(token.gen_time_ns)
    if token.accuracy_ns is None:
        return f"{text} (the authority states no accuracy)"
    return f"{text} (±{token.accuracy_ns / _SECOND:g} s)"


def _between(bounds: list[tuple[int, Stamping]]) -> list[str]:
    left = len(bounds) - MOST_SENTENCES
    if left <= 0:
        return []
    first, last = bounds[1], bounds[left]
    return [
        f"Between them {left} more tokens date exhibits {first[0]} to {last[1].size - 1} in the same way,"
        f" from {_utc(first[1].gen_time_ns)} to {_utc(last[1].gen_time_ns)}; --json lists them."
    ]


def _about_roots(tokens: Sequence[Stamping], rooted: bool) -> list[str]:
    if not tokens:
        return []
    if rooted:
        return ["The authority's root certificate was given from another source, and the tokens lead to it."]
    return [
        "The authority's root certificate is quoted by the log itself; from another source it was not given."
        " So the tokens show that the log agrees with itself, not who the authority is."
    ]


def _alone(published: int, size: int) -> list[str]:
    if published >= size:
        return []
    if size - published == 1:
        return [f"Exhibit {published} has the vantage's own clock alone: no valid token covers it."]
    which = f"Exhibits {published} to {size - 1}"
    return [f"{which} have the vantage's own clock alone: no valid token covers them."]


def _unrooted(unrooted: Sequence[int]) -> str:
    return (
        f"{len(unrooted)} tokens (the first in exhibit {unrooted[0]}) were not checked, because no root"
        " certificate is known for them; they count for nothing."
    )


def _witnessed(cosignatures: Sequence[Cosigning]) -> list[str]:
    """The last word of each witness, in the order of their first."""
    last = {cosignature.key: cosignature for cosignature in cosignatures}
    told = [_cosigned(cosignature) for cosignature in list(last.values())[:MOST_SENTENCES]]
    if len(last) > MOST_SENTENCES:
        told.append(f"{len(last) - MOST_SENTENCES} more witnesses cosigned; --json lists them.")
    return told


def _cosigned(cosigned: Cosigning) -> str:
    source = (
        "its key was given from another source"
        if cosigned.known
        else "its key is the one that the log quotes, from another source it was not given"
    )
    return (
        f"The witness {cosigned.witness} cosigned this log with {cosigned.size} exhibits at"
        f" {_utc(cosigned.at_s * _SECOND)} by its clock and says that it was shown no other history"
        f" ({source})."
    )


def _utc(at_ns: int) -> str:
    """To the second, rounded up: an exhibit existed *by* then."""
    seconds = -(-min(max(at_ns, 0), _MOST_NS) // _SECOND)
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

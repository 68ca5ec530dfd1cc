# SPDX-License-Identifier: Apache-2.0
"""One plain sentence or two on what a question measured: the finding's own numbers in words, no verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import isclose

from swarmwitness.report.labels import SOURCES
from swarmwitness.report.text import figure, n_bytes, reason, several, share, share_at_most

Figures = Mapping[str, object]
BASES = {"laboratory": "In the laboratory", "simulated": "In simulations", "field": "In the field"}
CLAIMS = {
    "rung 1 or above": "of {n} {scenario}, {k} {was} counted as live (rung 1 or above)",
    "a bound above what the peer gave to others": "of {n} bounds ({scenario}), {k} {was} above the truth",
    "overlap_control_p <= 0.05": "of {n} draws ({scenario}), {k} had a control p of 0.05 or less",
}
"""What a false positive is, by the claim of its table: within a sentence, and as a name."""
CLAIMED = {
    "rung 1 or above": "an endpoint counted as live (rung 1 or above)",
    "overlap_control_p <= 0.05": "a control p of 0.05 or less",
}
"""What a false positive is, by the claim of its table: within a sentence, and as a name."""


def known_error(rate: Figures) -> str:
    """How often the method is wrong, on what data; empty if nothing is known."""
    if not {"basis", "n", "false_positive"} <= rate.keys():
        return ""
    told = CLAIMS.get(str(rate.get("claim")), "of {n} trials ({scenario}), {k} {was} wrong (“{claim}”)")
    where = BASES.get(str(rate["basis"]), str(rate["basis"]))
    words = told.format(
        n=figure(rate["n"]),
        k=wrong(rate),
        was="was" if wrong(rate) == "1" else "were",
        scenario=rate.get("scenario", "no scenario stated"),
        claim=rate.get("claim", "no claim stated"),
    )
    upper = rate.get("upper95")
    bound = f": at most {share_at_most(_number(upper))} (95\u202f%)" if upper is not None else ""
    return f"{where}, {words}{bound}."


def wrong(rate: Figures) -> str:
    """How many of the trials; the share where that is no whole number."""
    false, trials = _number(rate["false_positive"]), _number(rate["n"])
    times = round(false * trials)
    return figure(times) if isclose(times, false * trials, abs_tol=1e-4) else share(false)


def lead(number: int, tests: Figures, controls: Figures) -> str:
    """The sentences of one question; each is left out if the finding lacks a figure of it."""
    if number not in _SAY:
        return ""
    return " ".join(_SAY[number](tests, controls))


def _live(tests: Figures, _: Figures) -> Iterator[str]:
    keys = ("peers_named_or_met", "peers_reachable", "peers_handshaken")
    if _has(tests, *keys):
        named, reachable, shaken = (tests[key] for key in keys)
        yield f"{_were(named, 'peer')} named or met; for {figure(reachable)} something answered or called us,"
        yield f"for {figure(shaken)} a client of this very torrent completed a handshake."


def _held(tests: Figures, _: Figures) -> Iterator[str]:
    if _has(tests, "peers_that_claimed_a_piece", "peers_that_claimed_at_least_100%"):
        claimed, whole = tests["peers_that_claimed_a_piece"], tests["peers_that_claimed_at_least_100%"]
        yield f"{several(claimed, 'peer')} claimed at least one piece, {figure(whole)} of them every piece."
    if _has(tests, "peers_that_grew_while_watched", "peers_that_grew_to_all_while_watched"):
        grew, whole = tests["peers_that_grew_while_watched"], tests["peers_that_grew_to_all_while_watched"]
        yield f"The claims of {figure(grew)} grew while we watched, those of {figure(whole)} to every piece."
    if _has(tests, "peers_that_met_a_challenge", "peers_that_gave_a_verified_piece"):
        met, gave = tests["peers_that_met_a_challenge"], tests["peers_that_gave_a_verified_piece"]
        yield f"A claim is the peer’s own word; {figure(met)} met a leaf-hash challenge, {figure(gave)} gave"
        yield "us a whole piece that verifies."


def _given(tests: Figures, _: Figures) -> Iterator[str]:
    if _has(tests, "bytes_of_works_to_us_verified"):
        received = _number(tests["bytes_of_works_to_us_verified"])
        yield f"Peers gave us {n_bytes(received)} of content that verifies by its hashes."
    if not _has(tests, "third_parties_bound_bytes", "third_parties_peers_with_a_bound"):
        return
    bound = _number(tests["third_parties_bound_bytes"])
    if bound:
        gave = several(tests["third_parties_peers_with_a_bound"], "peer")
        yield f"To others than us {gave} gave at least {n_bytes(bound)}, under the condition below."
    else:
        yield "For what they gave to others no bound above 0 is shown, which does not say that they"
        yield "gave nothing."


def _holders(tests: Figures, _: Figures) -> Iterator[str]:
    told = {key: _number(value) for key, value in tests.items() if key.startswith("leases_")}
    if told:
        sure = sum(told.get(key, 0) for key in ("leases_unanimous", "leases_majority"))
        yield f"Of {several(sum(told.values()), 'lease')} the sources of networks name one holder for"
        stale = (
            f", for {figure(old)} more only by answers that had ended"
            if (old := told.get("leases_stale"))
            else ""
        )
        yield f"{figure(sure)}{stale}; on {figure(told.get('leases_split', 0))} no holder is stated because"
        yield "sources differ. A holder is whoever the network was registered for, not who used it."


def _missed(tests: Figures, controls: Figures) -> Iterator[str]:
    yield from _named(tests)
    for source, name in SOURCES.items():
        asked = f"canaries_found_by_{source}_of_canaries_asked_for"
        if _has(tests, asked):
            found = figure(tests.get(f"canaries_found_by_{source}"))
            yield f"{name} named {found} of {several(tests[asked], 'canary', 'canaries')} of ours."
    if _has(controls, "decoys", "decoy_endpoints_named"):
        named, decoys = controls["decoy_endpoints_named"], several(controls["decoys"], "swarm")
        yield f"In {decoys} of ours that do not exist, {_were(named, 'endpoint')} named."


def _named(tests: Figures) -> Iterator[str]:
    if _has(tests, "recapture_addresses_seen", "recapture_addresses_at_least"):
        seen, least = tests["recapture_addresses_seen"], _number(tests["recapture_addresses_at_least"])
        at_most = share_at_most(_number(tests.get("recapture_share_seen_at_most", 1.0)))
        yield f"{_were(seen, 'address', 'addresses')} named, each counted once in each swarm; there are at"
        yield f"least {figure(int(least))} by capture and recapture, so at most {at_most} were seen."
    if _has(tests, "recapture_inconclusive"):
        yield f"How many there were cannot be estimated: {reason(str(tests['recapture_inconclusive']))}."
    if _has(tests, "endpoints_that_never_answered"):
        silent = several(tests["endpoints_that_never_answered"], "endpoint")
        yield f"{silent} never answered."


def _errors(tests: Figures, _: Figures) -> Iterator[str]:
    bases = {str(value) for key, value in tests.items() if key.endswith("_basis")}
    numbers = [key.split("_")[1] for key in tests if key.endswith("_basis")]
    if numbers:
        which = ", ".join(numbers[:-1]) + (" and " if numbers[1:] else "") + numbers[-1]
        yield f"Measured for the methods of question{'s' if numbers[1:] else ''} {which}."
        if "field" not in bases:
            yield "None of these rates was measured in the field, and none is called the field’s."


_SAY: dict[int, Callable[[Figures, Figures], Iterator[str]]] = {
    2: _live, 3: _held, 4: _given, 7: _holders, 14: _missed, 18: _errors,
}  # fmt: skip


def _were(value: object, one: str, many: str = "") -> str:
    return f"{several(value, one, many)} {'was' if value == 1 else 'were'}"


def _has(figures: Figures, *keys: str) -> bool:
    return all(figures.get(key) is not None for key in keys)


def _number(value: object) -> float:
    """Of a finding; what is no number there is a mistake of ours."""
    if isinstance(value, int | float):
        return value
    raise ValueError(f"{value!r} is no number")

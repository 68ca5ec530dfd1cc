# SPDX-License-Identifier: Apache-2.0
"""What our own evidence measures beside counts: questions 2, 3, 4 and 14, and the controls beside findings.

Every figure is of replayed rows and of what a replay tells beside them; what a foreign table asserts is in
none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field

import pyarrow as pa

from swarmwitness.case.inputs import Inputs
from swarmwitness.case.logs.gathering import ANSWERED, NAMING, ControlTally, Gathered
from swarmwitness.case.results.peers import MAX_EXHIBITS, PeerCounts, count_peers
from swarmwitness.case.results.thirdparties import ThirdParties, third_parties
from swarmwitness.inference.proportions import Proportion, proportion
from swarmwitness.inference.recapture import METHOD_VERSION as RECAPTURE
from swarmwitness.inference.recapture import Recapture, recapture
from swarmwitness.observation.aside import Control
from swarmwitness.observation.classes.gathering import counted
from swarmwitness.terms import Inconclusive, Rung

Figures = dict[str, object]
MOST_OUTCOMES = 8


@dataclass(frozen=True, slots=True)
class Observed:
    """Figures by question; empty without evidence of our own.

    Attributes:
        tests: Question -> figures.
        exhibits: Question -> the first exhibits of our own that its figures rest on.
        controls: Beside every finding that rests on our own rows; None = no control was asked for.
    """

    tests: Mapping[int, Figures] = field(default_factory=dict)
    controls: Figures | None = None
    exhibits: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


def observed(inputs: Inputs, members: pa.Table) -> Observed:
    """Everything that our own logs measure.

    Args:
        members: Who belongs to which set (relations' members).
    """
    gathered = inputs.gathered
    if gathered is None:
        return Observed()
    peers = count_peers(inputs.sightings)
    given = third_parties(gathered, members)
    tests = {
        2: _live(peers, gathered) | _classed(gathered),
        3: _held(peers),
        4: _given(peers, given),
        14: _missed(peers, gathered),
    }
    said = {number: told for number, told in tests.items() if told}
    return Observed(said, _controls(gathered.controls), _cited(peers, given, gathered))


def _cited(peers: PeerCounts, given: ThirdParties, gathered: Gathered) -> dict[int, tuple[str, ...]]:
    """What each question rests on: where others are bounded, their words come first; what was missed rests
    on the polls. Where nothing was given, question 4 rests on what peers told."""
    from_rung = peers.exhibits
    polls = (poll.exhibit for _, poll in gathered.polls[:MAX_EXHIBITS] if poll.exhibit)
    cited = {
        2: from_rung.get(Rung.HANDSHAKEN, ()),
        3: from_rung.get(Rung.CLAIMED, ()),
        4: (*given.exhibits, *from_rung.get(Rung.BLOCK, ())) or from_rung.get(Rung.CLAIMED, ()),
        14: (*polls, *from_rung.get(Rung.LISTED, ())),
    }
    return {number: tuple(dict.fromkeys(told))[:MAX_EXHIBITS] for number, told in cited.items()}


def _live(peers: PeerCounts, gathered: Gathered) -> Figures:
    """Peers in swarms by what was shown of them, how attempts ended, and how good the clock was."""
    if not peers.rows:
        return {}
    told: Figures = {
        "endpoints_named": peers.named,
        "peers_named_or_met": peers.total,
        "peers_reachable": peers.from_rung(Rung.REACHABLE),
        "peers_handshaken": peers.from_rung(Rung.HANDSHAKEN),
        "rows": peers.rows,
        "rows_of_unknown_clock_error": peers.rows_untimed,
        "rows_of_tainted_time": peers.rows_tainted,
    }
    if peers.worst_error_s is not None:
        told["largest_clock_error_s"] = peers.worst_error_s
    ended = gathered.outcomes.most_common(MOST_OUTCOMES)
    return told | {f"connections_ended_{outcome}": n for outcome, n in ended}


def _classed(gathered: Gathered) -> Figures:
    """Odd peers, sources and other monitors by class: what rows must not be taken for, and no count of
    anybody."""
    return {f"classed_as_{kind}": n for kind, n in counted(gathered.classes.classed()).items()}


def _held(peers: PeerCounts) -> Figures:
    """The completion curve as counts: peers by the largest share that they claimed."""
    if not peers.from_rung(Rung.CLAIMED):
        return {}
    return {
        "peers_that_claimed_a_piece": peers.from_rung(Rung.CLAIMED),
        **{f"peers_that_claimed_at_least_{share:.0%}": n for share, n in peers.by_share.items()},
        "peers_that_grew_while_watched": peers.at_rung[Rung.PROGRESSED],
        "peers_that_grew_to_all_while_watched": peers.completed,
        "peers_that_met_a_challenge": peers.at_rung[Rung.CHALLENGED],
        "peers_that_gave_a_verified_piece": peers.at_rung[Rung.PIECE],
    }


def _given(peers: PeerCounts, given: ThirdParties) -> Figures:
    """To us: measured. To others: at least so much, and on what condition."""
    told: Figures = {"bytes_of_works_to_us_verified": peers.bytes_received}
    if given.swarms:
        told |= given.figures()
    return told if peers.bytes_received or given.swarms else {}


def _missed(peers: PeerCounts, gathered: Gathered) -> Figures:
    """What of the swarms was not seen, as far as anything tells."""
    told: Figures = {}
    answered, asked = Counter[str](), Counter[str]()
    for _, poll in gathered.polls:
        asked[poll.source] += 1
        answered[poll.source] += poll.outcome == ANSWERED
    for source, n in sorted(asked.items()):
        told |= {f"polls_of_{source}": n, f"polls_of_{source}_answered": answered[source]}
    if peers.total:
        told["endpoints_that_never_answered"] = peers.total - peers.from_rung(Rung.REACHABLE)
    return told | _named(gathered) | _recaptured(gathered) | dict(_canaries(gathered.controls))


def _named(gathered: Gathered) -> Figures:
    """Addresses (each once in each swarm) by the source that named them, and those that no other named."""
    told: Figures = {}
    for at, source in enumerate(NAMING):
        named = sum(bits >> at & 1 for bits in gathered.addresses.values())
        if named:
            told[f"addresses_named_by_{source}"] = named
            alone = sum(bits == 1 << at for bits in gathered.addresses.values())
            told[f"addresses_named_by_{source}_alone"] = alone
    return told


def _recaptured(gathered: Gathered) -> Figures:
    histories = Counter(gathered.addresses.values())
    if not histories:
        return {}
    made = recapture(histories, NAMING)
    if isinstance(made, Inconclusive):
        return {"recapture_inconclusive": made.why}
    assert isinstance(made, Recapture)
    return {
        "recapture_addresses_seen": made.seen,
        **{f"recapture_addresses_from_{source}": n for source, n in made.by_source.items()},
        "recapture_addresses_at_least": made.estimate,
        "recapture_low95": made.low,
        "recapture_high95": made.high,
        "recapture_share_seen_at_most": made.coverage,
        "recapture_method": made.method,
        "recapture_notes": "; ".join(made.notes),
        "recapture_method_version": RECAPTURE,
    }


def _canaries(controls: ControlTally) -> Iterator[tuple[str, object]]:
    for source, planted in sorted(controls.planted.items()):
        share = proportion(len(controls.found.get(source, set()) & planted), len(planted))
        yield from _share(f"canaries_found_by_{source}", "canaries_asked_for", share)


def _share(name: str, of: str, share: Proportion) -> Iterator[tuple[str, object]]:
    yield from ((name, share.k), (f"{name}_of_{of}", share.n))
    yield from ((f"{name}_share_low95", share.low), (f"{name}_share_high95", share.high))


def _controls(tally: ControlTally) -> Figures | None:
    """Pollution by source with its exact upper bound, and canaries, for all findings alike."""
    told: Figures = {}
    decoys = tally.hashes.get(Control.DECOY, set())
    for (control, source), n in sorted(tally.polls.items()):
        if control is not Control.DECOY:
            continue
        share = proportion(min(len(tally.polluted.get(source, ())), n), n)
        told[f"decoy_polls_of_{source}"] = n
        told[f"decoy_polls_of_{source}_that_named_somebody"] = share.k
        told[f"decoy_polls_of_{source}_upper95"] = share.upper95
    if decoys:
        told = {"decoys": len(decoys), **told}
        told["decoy_endpoints_named"] = _strangers(tally, Control.DECOY)
        told["decoy_endpoints_that_answered_for_them"] = _distinct(tally.met.get(Control.DECOY, set()))
    told |= dict(_canaries(tally))
    if tally.hashes.get(Control.CANARY):
        told["canary_visitors_and_strangers"] = _strangers(tally, Control.CANARY)
    return told or None


def _strangers(tally: ControlTally, control: Control) -> int:
    """Who called is one for each address, and none where the address was also named or met otherwise."""
    found = (who for (of, _), who in tally.strangers.items() if of is control)
    return _distinct(set().union(*found))


def _distinct(strangers: Set[tuple[str, int | None]]) -> int:
    known = {ip for ip, port in strangers if port is not None}
    return sum(port is not None or ip not in known for ip, port in strangers)

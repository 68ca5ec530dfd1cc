# SPDX-License-Identifier: Apache-2.0
"""Weighing what others said about a log: since when its exhibits can be shown to have existed.

Each statement is judged alone: it must be well formed, about a checkpoint of this very log (signed by the
log's key, of a size that the log had before the statement, with the root that the log has there), and
valid as a token or a cosignature. A valid token bounds the age of every exhibit below its checkpoint. What is
late or absent lowers what may be said; it is never hidden. What is wrong is a failure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.failure import Reason, VerificationError
from swarmwitness.evidence.note import VerifyKey
from swarmwitness.evidence.statement import Statement
from swarmwitness.evidence.time.sentences import Cosigning, Stamping, ahead_of_authority, sentences_of
from swarmwitness.evidence.time.statements import Cosigned, Timestamped, read_statement
from swarmwitness.evidence.time.token import check_token
from swarmwitness.evidence.verdict import Findings
from swarmwitness.terms import Instant, MalformedMessage


@dataclass(frozen=True, slots=True)
class Trust:
    """What the verifier knows from another source than the log.

    Attributes:
        roots: PEM certificates of time authorities; every token must then lead to one of them. None = none
            are known, and tokens are checked against the roots that their statements quote.
        witnesses: Keys (vkey texts) of witnesses.
    """

    roots: bytes | None = None
    witnesses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assurance:
    """What may be said about the time of a log's exhibits.

    Attributes:
        size: Exhibits under the log's checkpoint.
        published: Exhibits below the largest checkpoint that a valid token covers.
        tokens: Valid tokens, in the order of the log.
        cosignatures: Valid cosignatures, likewise.
        unrooted: Indices of tokens that nobody named a root certificate for; they count for nothing.
        rooted: Whether the roots come from another source than the log.
        sentences: What may be said, for people.
    """

    size: int
    published: int
    tokens: tuple[Stamping, ...]
    cosignatures: tuple[Cosigning, ...]
    unrooted: tuple[int, ...]
    rooted: bool
    sentences: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Plain values."""
        return {
            "published": self.published,
            "roots_from_another_source": self.rooted,
            "tokens": [asdict(token) for token in self.tokens],
            "cosignatures": [asdict(cosignature) for cosignature in self.cosignatures],
            "unrooted_tokens": list(self.unrooted),
            "sentences": list(self.sentences),
        }


@dataclass(slots=True)
class _Scales:
    """One weighing: what the log is, and what has been found so far."""

    key: VerifyKey
    size: int
    root_at: Callable[[int], bytes]
    trust: Trust
    seals: Mapping[int, Instant]
    tokens: list[Stamping] = field(default_factory=list)
    cosignatures: list[Cosigning] = field(default_factory=list)
    unrooted: list[int] = field(default_factory=list)


def weigh(
    statements: Sequence[Statement],
    *,
    key: VerifyKey,
    size: int,
    root_at: Callable[[int], bytes],
    trust: Trust,
    findings: Findings,
    seals: Mapping[int, Instant] | None = None,
    place: Callable[[int], str] = lambda index: "",
) -> Assurance:
    """Judge every statement of a log; what is wrong becomes a failure with the exhibit's number.

    Args:
        statements: Exhibits of kinds `time` and `witness`, in order.
        key: The log's key.
        size: Exhibits under the log's checkpoint.
        root_at: Root of the log's tree of a given size (`ProofMaker.root`); what it raises means that the
            tree cannot be had, and then the statement cannot be placed in this log.
        seals: Size of a checkpoint -> instant of the `log-sealed` act below it, by the vantage's own clock;
            sizes may be missing. They give the lateness of tokens, and show a clock that runs ahead.
        place: File in which an exhibit lies, for the failure.
    """
    scales = _Scales(key, size, root_at, trust, seals or {})
    for statement in statements:
        try:
            _put(scales, statement)
        except VerificationError as error:
            findings.fail(error.reason, place(statement.index), statement.index, error.why)
    tokens, cosignatures = tuple(scales.tokens), tuple(scales.cosignatures)
    for warning in ahead_of_authority(tokens, scales.seals):
        findings.warnings.append(warning)
    rooted = trust.roots is not None
    return Assurance(
        size=size,
        published=max((token.size for token in tokens), default=0),
        tokens=tokens,
        cosignatures=cosignatures,
        unrooted=tuple(scales.unrooted),
        rooted=rooted,
        sentences=sentences_of(tokens, cosignatures, tuple(scales.unrooted), size=size, rooted=rooted),
    )


def _put(scales: _Scales, statement: Statement) -> None:
    try:
        said = read_statement(statement.kind, statement.payload)
    except MalformedMessage as error:
        raise _failure(Reason.STATEMENT_MALFORMED, error.why) from None
    _place_in_log(scales, statement.index, said.checkpoint)
    if isinstance(said, Cosigned):
        _put_cosignature(scales, statement.index, said)
    else:
        _put_token(scales, statement.index, said)


def _place_in_log(scales: _Scales, index: int, checkpoint: Checkpoint) -> None:
    """Whether the statement is about a state that this log had before it."""
    if checkpoint.origin != scales.key.name or not checkpoint.signed_only_by(scales.key):
        raise _failure(Reason.STATEMENT_FOREIGN, "about a checkpoint of another log, or by another key")
    if not 0 < checkpoint.size <= min(index, scales.size):
        detail = f"about {checkpoint.size} exhibits, of which {index} stand before it"
        raise _failure(Reason.STATEMENT_FOREIGN, detail)
    try:
        root = scales.root_at(checkpoint.size)
    except (VerificationError, MalformedMessage, ValueError) as error:
        detail = f"the log's root at {checkpoint.size} exhibits cannot be had: {error}"
        raise _failure(Reason.STATEMENT_FOREIGN, detail) from None
    if root != checkpoint.root:
        detail = f"at {checkpoint.size} exhibits this log has another root: the same key signed a fork"
        raise _failure(Reason.STATEMENT_FOREIGN, detail)


def _put_token(scales: _Scales, index: int, said: Timestamped) -> None:
    if scales.trust.roots is None and not said.roots:
        scales.unrooted.append(index)
        return
    roots = said.roots if scales.trust.roots is None else scales.trust.roots
    message = said.checkpoint.to_wire()
    token = check_token(said.reply, query=said.query, message=message, roots=roots)
    size = said.checkpoint.size
    sealed = scales.seals.get(size)
    scales.tokens.append(
        Stamping(
            index=index,
            size=size,
            gen_time_ns=token.gen_time_ns,
            accuracy_ns=token.accuracy_ns,
            authority=token.authority,
            url=said.authority,
            verified_by=token.verified_by,
            lateness_s=None if sealed is None else (token.gen_time_ns - sealed.utc_ns) / 1e9,
            sha256=token.sha256,
        )
    )


def _put_cosignature(scales: _Scales, index: int, said: Cosigned) -> None:
    if not said.cosignature.verifies(said.checkpoint.note, said.witness):
        raise _failure(Reason.COSIGNATURE, "not the witness's signature over this checkpoint")
    witness = said.witness.to_text()
    scales.cosignatures.append(
        Cosigning(
            index=index,
            size=said.checkpoint.size,
            at_s=said.cosignature.at_s,
            witness=said.witness.name,
            key=witness,
            known=witness in scales.trust.witnesses,
        )
    )


def _failure(reason: Reason, why: str) -> VerificationError:
    return VerificationError(reason, None, "", why)

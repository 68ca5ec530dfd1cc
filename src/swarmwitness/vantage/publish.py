# SPDX-License-Identifier: Apache-2.0
"""Publishing: seal, ask the time authority and the witnesses about that checkpoint, record what they
say, and seal again.

Theory of operation: one writer and one event loop. The log is written between awaits only, so a watch
goes on while others are asked. What they answer is checked before it is recorded as a statement (kinds
`time` and `witness`); what is wrong, late or absent is recorded as an act (`time-absent`,
`cosignature-absent`) with the reason and the answer, so that it is never hidden.
"""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from swarmwitness.evidence import VerificationError
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.proof_text import ConsistencyProof
from swarmwitness.evidence.proofs import ProofMaker
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.evidence.time import Cosignature, Cosigned, Query, Timestamped, Token, WitnessKey
from swarmwitness.evidence.time.query import NONCE_BYTES
from swarmwitness.evidence.time.token import MOST_REPLY_BYTES, check_answer, check_token
from swarmwitness.terms import MalformedMessage
from swarmwitness.vantage.post import Answer, post
from swarmwitness.vantage.recorder import canonical
from swarmwitness.vantage.vouchers import Place, Published, Vouchers

NONE_CONFIGURED = "none is configured"
CUT_OFF = "given up: it had not answered when the watch ended"
MOST_KEPT_BYTES = 64 * 1024
_CONFLICT, _OK = 409, 200
_MOST_ABSENCES = 50
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Said:
    """What one of them said: an exhibit, and how it counts."""

    kind: str
    payload: bytes
    token: Token | None = None
    witness: str = ""
    absent: str = ""


class Publisher:
    """Publishes one log, again and again.

    Args:
        draw: Gives that many random bytes, for nonces.

    Attributes:
        absences: Who did not vouch and why, in sentences, and how often.
    """

    def __init__(self, place: Place, vouchers: Vouchers, draw: Callable[[int], bytes]) -> None:
        self._place, self._vouchers, self._draw = place, vouchers, draw
        self._seen: dict[str, int] = {}
        self._told_absent = False
        self.absences: Counter[str] = Counter()

    async def publish(self) -> Published:
        """Seal, ask, record, seal.

        Raises:
            RecordingError, OSError, LogBrokenError: the log cannot be written.
            asyncio.CancelledError: given up; that is recorded and sealed before.
        """
        checkpoint = self._place.seal()
        asked = [("time", self._vouchers.authority)] if self._vouchers.authority else []
        asked += [("cosignature", url) for url, _ in self._vouchers.witnesses]
        said = [] if self._vouchers.authority else self._no_authority(checkpoint)
        try:
            said += await asyncio.gather(*self._questions(checkpoint))
        except asyncio.CancelledError:
            self._keep([_absent(what, url, checkpoint, CUT_OFF) for what, url in asked])
            raise
        self._keep(said)
        return _published(checkpoint, said)

    async def go_on(self, every_s: float) -> None:
        """Publish now and every so many seconds, until cancelled; once where there is nobody to ask."""
        await self.publish()
        while self._vouchers.authority or self._vouchers.witnesses:
            await asyncio.sleep(every_s)
            await self.publish()

    def _questions(self, checkpoint: Checkpoint) -> list[Awaitable[_Said]]:
        asked: list[Awaitable[_Said]] = [self._cosign(checkpoint, *each) for each in self._vouchers.witnesses]
        return [self._stamp(checkpoint), *asked] if self._vouchers.authority else asked

    def _no_authority(self, checkpoint: Checkpoint) -> list[_Said]:
        told, self._told_absent = self._told_absent, True
        return [] if told else [_absent("time", "", checkpoint, NONE_CONFIGURED)]

    def _keep(self, said: list[_Said]) -> None:
        for each in said:
            self._place.record(each.kind, each.payload)
            if each.absent and (each.absent in self.absences or len(self.absences) < _MOST_ABSENCES):
                self.absences[each.absent] += 1
        if said:
            self._place.seal()

    async def _stamp(self, checkpoint: Checkpoint) -> _Said:
        """Ask the time authority (RFC 3161, section 3.4)."""
        url, message = self._vouchers.authority, checkpoint.to_wire()
        query = Query.about(message, self._draw(NONCE_BYTES)).to_wire()
        answer = await self._post(url, query, "application/timestamp-query", MOST_REPLY_BYTES)
        if answer.status != _OK:
            return _absent("time", url, checkpoint, _how(answer), answer)
        roots, token = self._vouchers.roots, None
        try:
            if roots:  # both verifiers take their time, in which the watch must not stand still
                token = await asyncio.to_thread(
                    check_token, answer.body, query=query, message=message, roots=roots
                )
            else:
                check_answer(answer.body, query=query, message=message)
        except VerificationError as error:
            return _absent("time", url, checkpoint, f"{error.reason.value}: {error.why}", answer)
        stated = Timestamped(url, checkpoint, query, answer.body, roots)
        return _Said("time", stated.to_payload(), token=token)

    async def _cosign(self, checkpoint: Checkpoint, url: str, key: WitnessKey) -> _Said:
        """Ask a witness (C2SP tlog-witness): from the size that it last saw, which it may correct once."""
        for _ in range(2):
            answer = await self._add_checkpoint(checkpoint, url)
            corrected = _size_in(answer)
            if answer.status != _CONFLICT or corrected is None or corrected == self._seen.get(url):
                break
            self._seen[url] = corrected
            if corrected > checkpoint.size:
                why = f"the witness has seen {corrected} exhibits of this log, more than {checkpoint.size}"
                return _absent("cosignature", url, checkpoint, why, answer)
        cosignature = _cosignature_in(answer, checkpoint, key)
        if cosignature is None:
            why = "no valid cosignature in the answer" if answer.status == _OK else _how(answer)
            return _absent("cosignature", url, checkpoint, why, answer)
        self._seen[url] = checkpoint.size
        return _Said("witness", Cosigned(checkpoint, key, cosignature).to_payload(), witness=key.name)

    async def _add_checkpoint(self, checkpoint: Checkpoint, url: str) -> Answer:
        old = min(self._seen.get(url, 0), checkpoint.size)
        # The tiles are those of the latest checkpoint, which may have moved on meanwhile.
        tiles = ProofMaker(self._place.directory, read_checkpoint(self._place.directory).size)
        proof = tiles.consistency(old, checkpoint.size) if old else []
        body = ConsistencyProof(old, tuple(proof), checkpoint.to_wire()).to_text()
        return await self._post(f"{url.rstrip('/')}/add-checkpoint", body, "text/plain", MOST_KEPT_BYTES)

    async def _post(self, url: str, body: bytes, content_type: str, most_bytes: int) -> Answer:
        timeout_s = self._vouchers.timeout_s
        return await post(url, body, content_type, timeout_s=timeout_s, most_bytes=most_bytes)


async def beside(watching: Awaitable[_T], publisher: Publisher, every_s: float) -> _T:
    """Publish at the start of a watch, every so many seconds, and at its end.

    A watch that failed is not published: its log cannot be written.
    """
    task = asyncio.ensure_future(publisher.go_on(every_s))
    try:
        result = await watching
    except asyncio.CancelledError:
        await _stop(task)
        await publisher.publish()
        raise
    except BaseException:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
    await _stop(task)
    await publisher.publish()
    return result


async def _stop(task: asyncio.Future[None]) -> None:
    task.cancel()
    (ended,) = await asyncio.gather(task, return_exceptions=True)
    if isinstance(ended, Exception):
        raise ended


def _absent(what: str, url: str, checkpoint: Checkpoint, why: str, answer: Answer | None = None) -> _Said:
    """The act for somebody who did not vouch."""
    result: dict[str, object] = {}
    if answer is not None and answer.body:
        kept = answer.body[:MOST_KEPT_BYTES]
        result = {"reply": base64.b64encode(kept).decode(), "reply_bytes": len(answer.body)}
    on = {"asked": url, "root": checkpoint.root.hex(), "size": checkpoint.size}
    note = {"act": f"{what}-absent", "on": on, "result": result, "why": why}
    who = "no time authority" if not url else f"{'time' if what == 'time' else 'cosignature'} from {url}"
    return _Said("act", canonical(note), absent=f"{who}: {why}")


def _how(answer: Answer) -> str:
    return f"HTTP status {answer.status}" if answer.status else answer.outcome


def _size_in(answer: Answer) -> int | None:
    """The size in the body of a conflict: decimal and a newline."""
    text = answer.body[:21].removesuffix(b"\n")
    return int(text) if answer.status == _CONFLICT and text.isdigit() and len(text) < 20 else None


def _cosignature_in(answer: Answer, checkpoint: Checkpoint, key: WitnessKey) -> Cosignature | None:
    """The witness's valid line among those in the answer; lines of other keys are passed over."""
    if answer.status != _OK:
        return None
    for line in answer.body.decode("utf-8", "replace").splitlines()[:64]:
        try:
            found = Cosignature.from_text(line)
        except MalformedMessage:
            continue
        if found.verifies(checkpoint.note, key):
            return found
    return None


def _published(checkpoint: Checkpoint, said: list[_Said]) -> Published:
    return Published(
        origin=checkpoint.origin,
        size=checkpoint.size,
        token=next((each.token for each in said if each.token is not None), None),
        stamped=any(each.kind == "time" for each in said),
        witnesses=tuple(each.witness for each in said if each.witness),
        absent=tuple(each.absent for each in said if each.absent),
    )

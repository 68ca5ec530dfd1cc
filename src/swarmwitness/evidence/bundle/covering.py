# SPDX-License-Identifier: Apache-2.0
"""Checks 3 and 4: the signed statement, and that case and filter read the same wherever they stand."""

from __future__ import annotations

from hashlib import sha256

from swarmwitness.evidence.bundle import layout
from swarmwitness.evidence.bundle.canonical import from_canonical, to_canonical
from swarmwitness.evidence.bundle.dsse import Envelope, Statement
from swarmwitness.evidence.bundle.layout import log_path
from swarmwitness.evidence.bundle.report import Docket
from swarmwitness.evidence.bundle.wholeness import MAX_LISTS, Lists
from swarmwitness.evidence.bundle.write import predicate, signing_number
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.note import MAX_NOTE, VerifyKey
from swarmwitness.terms import MalformedMessage

_FORMAT = to_canonical(layout.BUNDLE_FORMAT)
_KEYS = ("bundle", "case", "filter", "logs")


def check_statement(lists: Lists, docket: Docket) -> None:
    """Both checks."""
    said = _statement(lists, docket)
    raw = lists.read(layout.FILTER, MAX_LISTS, docket, 4)
    if raw is None:
        return
    info = lists.info
    docket.details[4] = info.filter
    try:
        asked = from_canonical(raw)
    except MalformedMessage as error:
        docket.fail(4, Reason.FILTER_DIFFERS, layout.FILTER, None, error.why)
        return
    named = (asked.get("case"), asked.get("filter"))
    if (info.case, info.filter) != named:
        docket.fail(4, Reason.FILTER_DIFFERS, layout.BAG_INFO)
    if said is not None and (said.predicate.get("case"), said.predicate.get("filter")) != named:
        docket.fail(4, Reason.FILTER_DIFFERS, layout.STATEMENT)


def _statement(lists: Lists, docket: Docket) -> Statement | None:
    """Check 3; the statement, if it could be read."""
    raw = lists.tags.get(layout.STATEMENT)
    if raw is None:
        docket.skip(3, 4)
        return None
    try:
        envelope = Envelope.from_wire(raw)
    except MalformedMessage as error:
        docket.fail(3, Reason.STATEMENT_MALFORMED, layout.STATEMENT, None, error.why)
        return None
    _signature(lists, envelope, docket)
    try:
        said = Statement.from_payload(envelope.payload)
        if tuple(sorted(said.predicate)) != _KEYS or to_canonical(said.predicate["bundle"]) != _FORMAT:
            raise MalformedMessage("it is not about a bundle of this format")
    except MalformedMessage as error:
        docket.fail(3, Reason.STATEMENT_MALFORMED, layout.STATEMENT, None, error.why)
        return None
    subjects = (layout.BAG_INFO, layout.BAGIT, layout.MANIFEST)
    actual = {name: sha256(lists.tags[name]).hexdigest() for name in subjects}
    if dict(said.subject) != actual:
        docket.fail(3, Reason.STATEMENT_SUBJECT, layout.STATEMENT, None, "about other lists than these")
    if to_canonical(said.predicate["logs"]) != to_canonical(predicate("", "", lists.logs)["logs"]):
        docket.fail(3, Reason.STATEMENT_SUBJECT, layout.STATEMENT, None, "about other logs than these")
    return said


def _signature(lists: Lists, envelope: Envelope, docket: Docket) -> None:
    number = signing_number(lists.logs)
    raw = lists.read(log_path(number, "log.vkey"), MAX_NOTE, docket, 3)
    key = None if raw is None else read_key(raw)
    if key is None:
        docket.skip(3)
        return
    docket.details[3] = f"by {key.to_text()}"
    if not envelope.signed_by(key):
        docket.fail(3, Reason.STATEMENT_SIGNATURE, layout.STATEMENT)


def read_key(raw: bytes) -> VerifyKey | None:
    """The key in a log.vkey; None if it is malformed, which check 5 tells."""
    try:
        text = raw.decode("ascii")
        return VerifyKey.from_text(text[:-1]) if text.endswith("\n") else None
    except ValueError:
        return None

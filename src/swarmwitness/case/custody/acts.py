# SPDX-License-Identifier: Apache-2.0
"""CASE/custody/: what people did on the case, each act a sealed exhibit: who, how, on what, why, result.

Theory of operation: whoever acts opens the custody log (one at a time), records, and leaves; leaving
seals, and keeps the checkpoint apart. Before the first act of a session stand `instrument`, if the
versions of the program or its parts are not those last recorded, and `configuration`, if case.toml is
not the one last recorded. Nothing that an act holds is an address: every text is searched for what
reads as one, and its pseudonym stands there.
"""

from __future__ import annotations

import getpass
import hashlib
import hmac
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import cast

from swarmwitness import __version__
from swarmwitness.case import home
from swarmwitness.case.config import CaseConfig, read_config
from swarmwitness.case.custody.history import ActRow, read_acts, sealed_tables
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.instrument import versions
from swarmwitness.case.pseudonyms import Pseudonyms, origins_of, pseudonyms_of
from swarmwitness.evidence import EvidenceLog
from swarmwitness.evidence.custody import Act
from swarmwitness.evidence.custody.act import canonical
from swarmwitness.evidence.custody.scan import acts_in
from swarmwitness.evidence.log import LogBrokenError, LogBusyError
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.terms import InputError, MalformedMessage
from swarmwitness.vantage import Clock, Entropy

__all__ = [
    "ActRow",
    "CaseActs",
    "act_of",
    "actor",
    "how",
    "open_log",
    "read_acts",
    "reason",
    "sealed_tables",
]
MAX_WHO = 100
MAX_REASON = 16 * 1024
NO_CUSTODY = "this case keeps no custody log; `swarmwitness init CASE` begins one"
INSTRUMENT, CONFIGURATION = "instrument", "configuration"


class CaseActs:
    """The custody log of a case, open for acts; a context manager. One at a time.

    Args:
        case_dir: The case.
        command: The command that acts, for `how`.
        by: Who acts; see `actor`.

    Raises:
        InputError: the case keeps no custody log, its key is elsewhere, or somebody else is acting.
        VerificationError: the custody log is not what this key's writer left.
    """

    def __init__(self, case_dir: Path, command: str, by: str | None = None) -> None:
        self.folder = CaseFolder.at(case_dir)
        self.config: CaseConfig = read_config(case_dir)
        self.who, self.how = actor(by), how(command)
        self.directory = self.folder.custody
        if not os.path.lexists(self.directory):
            raise InputError(NO_CUSTODY, file=str(case_dir))
        self.origin = read_checkpoint(self.directory).origin
        # A key made anew here would give other pseudonyms than those that people were shown.
        self.pseudonyms = pseudonyms_of(case_dir, self.config, make=bool(self.config.pseudonym_key))
        self.clock = Clock()
        self._log = open_log(self.directory, self.origin)
        self._begun = False

    @property
    def next_index(self) -> int:
        """The index that the next act will have."""
        self._begin()
        return self._log.size

    def record(
        self,
        name: str,
        *,
        on: Mapping[str, object],
        why: str = "",
        result: Mapping[str, object] | None = None,
        who: str | None = None,
    ) -> int:
        """Record an act; its index. It is sealed when the session ends, or by `seal`."""
        self._begin()
        return self._record(self.act(name, on=on, why=why, result=result, who=who))

    def act(
        self,
        name: str,
        *,
        on: Mapping[str, object],
        why: str = "",
        result: Mapping[str, object] | None = None,
        who: str | None = None,
    ) -> Act:
        """An act with pseudonyms in the place of addresses, for this log or another one."""
        # Asked anew: a log may have been taken in since this session began.
        pseudonyms = replace(self.pseudonyms, origins=origins_of(self.folder.root))
        return act_of(pseudonyms, Act(name, who or self.who, self.how, on, why, result or {}))

    def seal(self) -> None:
        """Put what was recorded under a signed checkpoint, and keep that one apart."""
        self._log.seal(self.clock.read())
        home.keep_checkpoint(self.origin, self.directory)

    def __enter__(self) -> CaseActs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """What was done before an error was done: it is sealed all the same, where the disk lets us."""
        try:
            self.seal()
        except (OSError, LogBrokenError):
            if error is None:
                raise  # else the error that came first says why
        finally:
            self._log.close()

    def _record(self, act: Act) -> int:
        return self._log.record(act.to_exhibit(self.clock.read()))

    def _begin(self) -> None:
        if self._begun:
            return
        self._begun = True
        last = _last(self.directory)
        instrument = versions()
        if last.get(INSTRUMENT) != instrument:
            self._record(self.act(INSTRUMENT, on=instrument))
        configuration = _configuration(self.config.raw, self.pseudonyms)
        before = last.get(CONFIGURATION, {})
        if before.get("sha256") != configuration["sha256"]:
            changed = _changed(before.get("keys", {}), cast("dict[str, str]", configuration["keys"]))
            self._record(self.act(CONFIGURATION, on=configuration, result={"changed": changed}))


def open_log(directory: Path, origin: str, content_key: bytes | None = None) -> EvidenceLog:
    """A log of the case for writing, with the key that lies on this machine.

    Raises:
        InputError: another process writes to it, or its signing key is not here.
        VerificationError: it is not what this key's writer left.
    """
    key = home.signing_key(origin, make=False)
    try:
        return EvidenceLog.open(directory, key=key, salt=Entropy().draw, content_key=content_key)
    except LogBusyError:
        why = "another process is writing to this log; one log has one writer"
        raise InputError(why, file=str(directory)) from None


def actor(by: str | None) -> str:
    """Who acts: as given, else $SWARMWITNESS_ACTOR, else the login name. Nobody checks it.

    Raises:
        InputError: nobody can be named, or not in at most `MAX_WHO` printable characters.
    """
    said = by if by is not None else os.environ.get("SWARMWITNESS_ACTOR", "")
    if by is None and not said:
        try:
            said = getpass.getuser()
        except (KeyError, OSError):
            raise InputError("nobody is named; give --by NAME", field="--by") from None
    if not said.strip() or len(said) > MAX_WHO or not said.isprintable():
        raise InputError(f"a name is at most {MAX_WHO} printable characters", field="--by")
    return said


def how(command: str) -> str:
    """The program, its version and the command, as acts tell it."""
    return f"swarmwitness {__version__} {command}"


def reason(text: str) -> str:
    """A stated reason, which an act that touches people's data can't do without.

    Raises:
        InputError: none is stated, or more than `MAX_REASON` characters.
    """
    if not text.strip():
        raise InputError("state a reason; it is recorded with the act", field="--reason")
    if len(text) > MAX_REASON:
        raise InputError(f"a reason has at most {MAX_REASON} characters", field="--reason")
    return text.strip()


def act_of(pseudonyms: Pseudonyms, act: Act) -> Act:
    """The act with pseudonyms in the place of everything that reads as an address; names of the case's
    logs stay, also one that reads as an address."""
    on, result = (cast("dict[str, object]", pseudonyms.scrub_all(dict(v))) for v in (act.on, act.result))
    return Act(act.name, pseudonyms.scrub(act.who), act.how, on, pseudonyms.scrub(act.why), result)


def _last(directory: Path) -> dict[str, dict[str, object]]:
    """What the acts `instrument` and `configuration` last said."""
    last: dict[str, dict[str, object]] = {}
    for _, exhibit in acts_in(directory):
        try:
            act = Act.from_wire(exhibit.payload)
        except MalformedMessage:
            continue  # the log's own acts
        if act.name in (INSTRUMENT, CONFIGURATION):
            last[act.name] = dict(act.on)
    return last


def _configuration(raw: bytes, pseudonyms: Pseudonyms) -> dict[str, object]:
    """The file's hash, and a keyed digest of each value: what it was can't be guessed from it, as it
    could be from a bare hash of an address."""
    return {
        "sha256": hashlib.sha256(raw).hexdigest(),
        "keys": {
            pseudonyms.scrub(name): _keyed(pseudonyms.key, name, value)
            for name, value in _flat("", tomllib.loads(raw.decode()))
        },
    }


def _keyed(key: bytes, name: str, value: object) -> str:
    return hmac.new(key, canonical({name: str(value)}), hashlib.sha256).hexdigest()[:16]


def _flat(place: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _flat(f"{place}.{name}" if place else name, each)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for number, each in enumerate(value):
            yield from _flat(f"{place}[{number}]", each)
    else:
        yield place, value


def _changed(before: object, after: Mapping[str, str]) -> list[str]:
    """Names of the keys that are new, gone or of another value."""
    old = cast("dict[str, str]", before) if isinstance(before, dict) else {}
    return sorted(name for name in old.keys() | after.keys() if old.get(name) != after.get(name))

# SPDX-License-Identifier: Apache-2.0
"""A case as a CASE/UCO graph in JSON-LD, for the tools of other laboratories. Computes nothing.

One Investigation holds everything: the authority, the instrument with its configuration, the people who
acted, each act, each file with its hash, each sealed log with its checkpoint, and each finding as an
analytic result that stands on them. docs/export.md has the table, noun by noun.

No address is here, nor a facet for one: a pseudonym is no IP address, and would be a false value there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from swarmwitness.report.caseresults import analysis, counted, result
from swarmwitness.report.jsonld import Node, document, instant, integer, node, refer, reference, sha256
from swarmwitness.report.record import OBSERVED, ActLine, AuthorityRow, FileRow, LogRow, Record, TokenRow

LOG_CONTEXT = "exhibit of a swarmwitness evidence log (log:ORIGIN/INDEX)"
FAILED_ACTS = ("run-failed", "time-absent", "cosignature-absent")
BEGINNING_ACTS = ("observe", "run-start")


def render_case_uco(record: Record) -> str:
    """The whole JSON-LD document. The same record gives the same bytes."""
    graph = _Graph.of(record)
    nodes = list(graph.nodes())
    return document([graph.investigation(nodes), *nodes])


@dataclass(frozen=True, slots=True)
class _Graph:
    """The nodes that others refer to, made once."""

    record: Record
    tool: Node
    instrument: Node
    people: Mapping[str, Node]
    files: Sequence[Node]
    by_hash: Mapping[str, Sequence[Node]]
    logs: Mapping[str, Node]
    taken: Mapping[str, Sequence[FileRow]]

    @classmethod
    def of(cls, record: Record) -> _Graph:
        tool = _tool(record)
        people = {who: _identity(who) for who in _performers(record)}
        files = [_file(file) for file in record.files]
        by_hash: dict[str, list[Node]] = {}
        for file, made in zip(record.files, files, strict=True):
            by_hash.setdefault(file.sha256, []).append(made)
        logs = {log.origin: _log(log) for log in record.logs}
        taken: dict[str, list[FileRow]] = {}
        for file in record.files:
            if file.foreign:
                taken.setdefault(file.intake, []).append(file)
        return cls(record, tool, _instrument(record, tool), people, files, by_hash, logs, taken)

    def nodes(self) -> Iterator[Node]:
        """Every object but the investigation, in a fixed order."""
        record = self.record
        if record.authority is not None:
            yield _authorization(record.authority)
        yield self.tool
        yield _configuration(record)
        yield self.instrument
        yield from self.people.values()
        yield from self.files
        yield from self.logs.values()
        yield from (self._token(token, log) for log in record.logs for token in log.tokens)
        yield from (self._action(line) for line in record.acts)
        yield from (_log_provenance(log, self.logs[log.origin]) for log in record.logs)
        placed = zip(record.files, self.files, strict=True)
        yield from (_file_provenance(file, made) for file, made in placed if file.foreign)
        yield from self._results()

    def investigation(self, nodes: Sequence[Node]) -> Node:
        """The node that holds all others."""
        record = self.record
        about = "Made-up or laboratory data: no statement about anybody." if record.synthetic else ""
        granted = [n for n in nodes if n["@type"] == "case-investigation:Authorization"]
        said: Node = {
            "uco-core:name": record.case,
            "uco-core:description": [text for text in (about, *record.notes) if text],
            "case-investigation:investigationForm": "case",
            "case-investigation:relevantAuthorization": refer(*granted),
            "uco-core:object": refer(*nodes),
        }
        return node("case-investigation:Investigation", _case_name(record), said)

    def _action(self, line: ActLine) -> Node:
        failed = line.act in FAILED_ACTS
        ended = "" if line.act in BEGINNING_ACTS else line.at
        made = [_log_provenance_ref(line)] if line.act in ("init", "log-created") else []
        handed = [_file_provenance_ref(file) for file in self.taken.get(line.reference, ())]
        said: Node = {
            "uco-core:name": line.act,
            "uco-core:description": _told(line),
            "uco-core:externalReference": [reference(line.reference, LOG_CONTEXT, line.reference)],
            "uco-action:actionStatus": "Fail" if failed else "Complete/Finish",
            "uco-action:startTime": instant(line.at),
            "uco-action:endTime": instant(ended),
            "uco-action:performer": refer(self.people[line.who]) if line.who else None,
            "uco-action:instrument": refer(self.instrument),
            "uco-action:object": refer(*(made for h in line.files for made in self.by_hash.get(h, ()))),
            "uco-action:result": [*made, *handed],
        }
        return node("case-investigation:InvestigativeAction", line.reference, said)

    def _token(self, token: TokenRow, log: LogRow) -> Node:
        """What a time authority stated, as an action of that authority."""
        bound = "accuracy not stated" if token.accuracy_s is None else f"± {token.accuracy_s:g} s"
        verified = f"accepted by {' and '.join(token.verified_by) or 'no verifier'}"
        told = f"The first {token.size} exhibits of {log.origin} existed by {token.at} ({bound}); {verified}."
        said: Node = {
            "uco-core:name": "timestamped",
            "uco-core:description": told,
            "uco-core:externalReference": [reference(token.reference, LOG_CONTEXT, token.reference)],
            "uco-action:actionStatus": "Complete/Finish",
            "uco-action:endTime": instant(token.at),
            "uco-action:performer": refer(self.people[token.authority]) if token.authority else None,
            "uco-action:object": refer(self.logs[log.origin]),
        }
        return node("uco-action:Action", token.reference, said)

    def _results(self) -> Iterator[Node]:
        run = self.record.run
        if run is None:
            return
        read = list(self.files)
        read += [self.logs[log.origin] for log in self.record.logs if log.holds == OBSERVED]
        made = [result(run, finding) for finding in self.record.findings]
        yield analysis(run, self.instrument, read, made)
        for finding, outcome in zip(self.record.findings, made, strict=True):
            yield outcome
            yield from counted(run, finding)
            yield _result_provenance(str(finding["id"]), run.findings_sha256, outcome)


def _case_name(record: Record) -> str:
    """What tells this case from another of the same name: the origin of its first log."""
    return "\n".join([record.case, *(log.origin for log in record.logs[:1])])


def _performers(record: Record) -> list[str]:
    named = [line.who for line in record.acts]
    named += [token.authority for log in record.logs for token in log.tokens]
    return [who for who in dict.fromkeys(named) if who]


def _authorization(authority: AuthorityRow) -> Node:
    networks = ", ".join(authority.networks) or "none named"
    said: Node = {
        "uco-core:name": authority.basis,
        "uco-core:description": (
            f"{authority.holder} may ask over {authority.works} works and networks of kind {networks}"
        ),
        "case-investigation:authorizationIdentifier": authority.basis,
        "uco-core:endTime": instant(f"{authority.expires}T23:59:59Z"),
    }
    return node("case-investigation:Authorization", f"{authority.holder}\n{authority.basis}", said)


def _tool(record: Record) -> Node:
    said: Node = {
        "uco-core:name": "swarmwitness",
        "uco-tool:toolType": "forensic observer and analyser of BitTorrent swarms",
        "uco-tool:version": record.versions.get("swarmwitness", ""),
    }
    return node("uco-tool:Tool", record.program, said)


def _configuration(record: Record) -> Node:
    entries = {"case.toml, SHA-256": record.configuration_sha256}
    entries |= {f"version of {name}": version for name, version in record.versions.items()}
    if record.run is not None:
        entries |= record.run.settings
    return node(
        "uco-configuration:Configuration",
        _configured(record),
        {"uco-configuration:configurationEntry": [_entry(record, *item) for item in entries.items()]},
    )


def _entry(record: Record, name: str, value: str) -> Node:
    said: Node = {"uco-configuration:itemName": name, "uco-configuration:itemValue": value}
    return node("uco-configuration:ConfigurationEntry", f"{_configured(record)}\n{name}", said)


def _instrument(record: Record, tool: Node) -> Node:
    said: Node = {
        "uco-core:name": f"{record.program}, configured for this case",
        "uco-tool:version": record.versions.get("swarmwitness", ""),
        "uco-configuration:usesConfiguration": refer(_configuration(record)),
        "uco-configuration:isConfigurationOf": refer(tool),
    }
    return node("uco-tool:ConfiguredTool", _configured(record), said)


def _configured(record: Record) -> str:
    return f"{_case_name(record)}\n{record.program}\n{record.configuration_sha256}"


def _identity(who: str) -> Node:
    return node("uco-identity:Identity", who, {"uco-core:name": who})


def _file(file: FileRow) -> Node:
    named: Node = {
        "uco-observable:fileName": file.name.rpartition("/")[2],
        "uco-observable:filePath": file.name,
        "uco-observable:sizeInBytes": integer(file.n_bytes),
    }
    content: Node = {
        "uco-observable:hash": [sha256(f"{file.name}\n{file.sha256}", file.sha256)],
        "uco-observable:sizeInBytes": integer(file.n_bytes),
    }
    return _observed_file(f"{file.name}\n{file.sha256}", file.what, named, content)


def _log(log: LogRow) -> Node:
    """A log by its checkpoint, the one file that stands for all of its exhibits."""
    name = f"{log.origin}\n{log.size}"
    named: Node = {
        "uco-observable:fileName": "checkpoint",
        "uco-observable:filePath": f"{log.name}/checkpoint",
    }
    made = _observed_file(name, _about(log), named, {"uco-observable:dataPayload": log.checkpoint})
    root = reference(name, "root of the Merkle tree over the exhibits (RFC 6962, SHA-256)", log.root)
    key = reference(name, "public key that signs the checkpoint (C2SP signed note)", log.vkey)
    return made | {"uco-core:externalReference": [each for each in (root, key) if _identified(each)]}


def _identified(external: Node) -> bool:
    return bool(external.get("uco-core:externalIdentifier"))


def _about(log: LogRow) -> str:
    verified = "every check passed" if log.verified else "NOT verified"
    told = f"Sealed log of {log.holds}: {log.size} exhibits, {log.began_at} to {log.sealed_at}; {verified}."
    hidden = [f"{n} {word}" for n, word in ((log.encrypted, "encrypted"), (log.erased, "erased")) if n]
    return " ".join(
        [told, *([f"Of them {', '.join(hidden)}."] if hidden else []), *log.failures, *log.assurance]
    )


def _observed_file(name: str, what: str, named: Node, content: Node) -> Node:
    facets = [
        node("uco-observable:FileFacet", name, named),
        node("uco-observable:ContentDataFacet", name, content),
    ]
    return node("uco-observable:File", name, {"uco-core:description": what, "uco-core:hasFacet": facets})


def _log_provenance(log: LogRow, checkpoint: Node) -> Node:
    told = [f"{log.size} exhibits under root {log.root}", *log.assurance, *log.warnings]
    said: Node = {
        "uco-core:description": told,
        "case-investigation:exhibitNumber": f"log:{log.origin}",
        "uco-core:object": refer(checkpoint),
    }
    return node("case-investigation:ProvenanceRecord", f"log:{log.origin}", said)


def _log_provenance_ref(line: ActLine) -> Node:
    origin = line.reference.rpartition("/")[0]
    return refer(node("case-investigation:ProvenanceRecord", origin, {}))[0]


def _file_provenance(file: FileRow, made: Node) -> Node:
    how = f"taken in by the act {file.intake}" if file.intake else "no act on record says how it came"
    said: Node = {
        "uco-core:description": f"{file.what}: {how}",
        "case-investigation:exhibitNumber": f"file:{file.sha256}",
        "uco-core:object": refer(made),
    }
    return node("case-investigation:ProvenanceRecord", f"{file.name}\nfile:{file.sha256}", said)


def _file_provenance_ref(file: FileRow) -> Node:
    name = f"{file.name}\nfile:{file.sha256}"
    return refer(node("case-investigation:ProvenanceRecord", name, {}))[0]


def _result_provenance(finding: str, findings_sha256: str, outcome: Node) -> Node:
    said: Node = {
        "case-investigation:exhibitNumber": finding,
        "uco-core:description": f"finding {finding} of findings.json, SHA-256 {findings_sha256}",
        "uco-core:object": refer(outcome),
    }
    return node("case-investigation:ProvenanceRecord", f"{findings_sha256}\n{finding}", said)


def _told(line: ActLine) -> list[str]:
    parts = (("by means of", line.how), ("on", line.on), ("because", line.why), ("result", line.result))
    return [f"{word}: {text}" for word, text in parts if text]

# SPDX-License-Identifier: Apache-2.0
"""JSON-LD for CASE and UCO: prefixes, typed values, and names of nodes that are the same each time.

A node is called `urn:uuid:…` (RFC 9562). The UUID is made from the node's own name, so that two exports
of one state of a case are the same bytes, and a node keeps its name when the case grows. It has the
layout of version 5, with SHA-256 in the place of SHA-1: version 8 would be the honest number, but UCO's
shapes advise against every version above 5, and an export is to be accepted without remarks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from swarmwitness.report.text import visible

Node = dict[str, object]

CONTEXT = {
    "case-investigation": "https://ontology.caseontology.org/case/investigation/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "uco-action": "https://ontology.unifiedcyberontology.org/uco/action/",
    "uco-analysis": "https://ontology.unifiedcyberontology.org/uco/analysis/",
    "uco-configuration": "https://ontology.unifiedcyberontology.org/uco/configuration/",
    "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
    "uco-identity": "https://ontology.unifiedcyberontology.org/uco/identity/",
    "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
    "uco-tool": "https://ontology.unifiedcyberontology.org/uco/tool/",
    "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_NAMESPACE = b"swarmwitness export node 1\n"


def iri(kind: str, name: str) -> str:
    """The name of a node: the same kind and name give the same one."""
    digest = bytearray(hashlib.sha256(_NAMESPACE + kind.encode() + b"\n" + _bytes(name)).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"urn:uuid:{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def node(kind: str, name: str, properties: Node) -> Node:
    """A node of class `kind`; what is None, empty text or an empty list is left out."""
    kept = {key: value for key, value in properties.items() if value not in (None, "", [])}
    return {"@id": iri(kind, name), "@type": kind, **kept}


def refer(*nodes: Node) -> list[Node]:
    """References to nodes that stand elsewhere."""
    return [{"@id": each["@id"]} for each in nodes]


def instant(text: str) -> Node | None:
    """An RFC 3339 instant as xsd:dateTime; None for an empty text."""
    return {"@type": "xsd:dateTime", "@value": text} if text else None


def integer(value: int) -> Node:
    """An xsd:integer."""
    return {"@type": "xsd:integer", "@value": str(value)}


def sha256(name: str, digest: str) -> Node:
    """A uco-types:Hash. `name` tells which hash of which thing this is."""
    value = {"@type": "xsd:hexBinary", "@value": digest}
    return node("uco-types:Hash", name, {"uco-types:hashMethod": "SHA256", "uco-types:hashValue": value})


def reference(name: str, context: str, identifier: str) -> Node:
    """A uco-core:ExternalReference: what something is called outside of the document."""
    said: Node = {"uco-core:definingContext": context, "uco-core:externalIdentifier": identifier}
    return node("uco-core:ExternalReference", f"{name}\n{context}\n{identifier}", said)


def document(nodes: Iterable[Node]) -> str:
    """The whole file: ASCII, in the order given, ending in a line feed."""
    whole = {"@context": CONTEXT, "@graph": [_shown(each) for each in nodes]}
    return json.dumps(whole, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def _bytes(name: str) -> bytes:
    # A name that came from a file may hold what is no Unicode.
    return name.encode("utf-8", "backslashreplace")


def _shown(value: object) -> object:
    """Control, format and surrogate characters are spelled out in every text."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {key: _shown(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_shown(each) for each in value]
    return value

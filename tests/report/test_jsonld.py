# SPDX-License-Identifier: Apache-2.0
"""Names of nodes: stable, distinct, of the form that UCO advises; documents: ASCII and nothing obeyed."""

from __future__ import annotations

import json
import re
import uuid
from types import SimpleNamespace

from swarmwitness.report import jsonld

ADVISED = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-5][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


def test_a_name_is_a_uuid_of_the_form_that_uco_advises(exported: SimpleNamespace) -> None:
    for name in ("", "a", exported.hostile, "\udc80"):
        made = jsonld.iri("uco-types:Hash", name)
        assert ADVISED.fullmatch(made)
        parsed = uuid.UUID(made.removeprefix("urn:uuid:"))
        assert (parsed.version, parsed.variant) == (5, uuid.RFC_4122)


def test_names_differ_by_kind_and_by_name_and_never_otherwise(exported: SimpleNamespace) -> None:
    made = [jsonld.iri(kind, name) for kind in ("a:B", "a:C") for name in ("x", "y", "")]
    assert len(set(made)) == len(made)
    assert made == [jsonld.iri(kind, name) for kind in ("a:B", "a:C") for name in ("x", "y", "")]
    # Pinned: a node keeps its name from release to release.
    assert jsonld.iri("uco-core:Assertion", "x") == "urn:uuid:efbdb233-1379-5393-9cbc-812b5549ca91"


def test_empty_values_are_left_out_and_false_ones_are_not(exported: SimpleNamespace) -> None:
    made = jsonld.node("a:B", "x", {"a:n": None, "a:e": "", "a:l": [], "a:z": 0, "a:f": False, "a:t": "t"})
    assert set(made) == {"@id", "@type", "a:z", "a:f", "a:t"}


def test_a_document_is_ascii_and_spells_out_what_steers_a_reader(exported: SimpleNamespace) -> None:
    said: jsonld.Node = {"uco-core:statement": [exported.hostile]}
    text = jsonld.document([jsonld.node("uco-core:Assertion", "x", said)])
    assert text.isascii()
    (shown,) = json.loads(text)["@graph"][0]["uco-core:statement"]
    assert shown.endswith("⟦U+202E⟧fdp⟦U+0000⟧")


def test_an_absent_instant_is_no_value(exported: SimpleNamespace) -> None:
    assert jsonld.instant("") is None
    assert jsonld.instant("2026-03-01T10:00:00Z") == {
        "@type": "xsd:dateTime",
        "@value": "2026-03-01T10:00:00Z",
    }

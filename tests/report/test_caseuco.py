# SPDX-License-Identifier: Apache-2.0
"""The export is read by the tools of others: case_validate accepts it, and refuses it once it is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from swarmwitness.report.caseuco import render_case_uco
from swarmwitness.report.record import Record

VALIDATE = Path(sys.executable).with_name("case_validate")
Node = dict[str, object]
ACTION = "case-investigation:InvestigativeAction"
PROVENANCE = "case-investigation:ProvenanceRecord"


def validated(text: str, folder: Path, *options: str) -> tuple[int, str]:
    """What case_validate says: exit status, and everything that it printed."""
    pytest.importorskip("case_utils")
    file = folder / "export.jsonld"
    file.write_text(text)
    told = subprocess.run(
        [VALIDATE, *options, file], capture_output=True, text=True, check=False, timeout=120
    )
    return told.returncode, told.stdout + told.stderr


def graph(record: Record) -> list[Node]:
    made: list[Node] = json.loads(render_case_uco(record))["@graph"]
    return made


def of_type(record: Record, kind: str) -> list[Node]:
    return [each for each in graph(record) if each["@type"] == kind]


@pytest.mark.parametrize(("record", "ontology"), [("full", "case-1.4.0"), ("empty", "case-1.5.0")])
def test_case_validate_accepts_it_without_a_remark(
    exported: SimpleNamespace, record: str, ontology: str, tmp_path: Path
) -> None:
    text = render_case_uco(getattr(exported, record)())
    status, said = validated(text, tmp_path, "--built-version", ontology)
    assert (status, said.split()) == (0, ["Validation", "Report", "Conforms:", "True"])


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"uco-types:Hash"', '"uco-types:Hush"'),  # no such concept
        ("-5", "-9"),  # some names no longer end in a UUID that is advised
    ],
)
def test_case_validate_refuses_it_once_it_is_wrong(
    exported: SimpleNamespace, right: str, wrong: str, tmp_path: Path
) -> None:
    text = render_case_uco(exported.full())
    assert right in text
    status, said = validated(text.replace(right, wrong), tmp_path)
    assert status != 0 or "undefined" in said.lower() or "Warning" in said, said


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_node_survives_another_reader(exported: SimpleNamespace) -> None:
    rdflib = pytest.importorskip("rdflib")
    text = render_case_uco(exported.full())
    read = rdflib.Graph().parse(data=text, format="json-ld")
    written: set[str] = set()

    def collect(value: object) -> None:
        if isinstance(value, dict):
            if "@id" in value and "@type" in value:
                written.add(str(value["@id"]))
            for each in value.values():
                collect(each)
        elif isinstance(value, list):
            for each in value:
                collect(each)

    collect(json.loads(text)["@graph"])
    assert {str(subject) for subject in read.subjects()} == written
    assert all(isinstance(subject, rdflib.URIRef) for subject in read.subjects())
    assert len(written) == 56
    # No reference leads nowhere.
    pointed = {
        str(o) for o in read.objects() if isinstance(o, rdflib.URIRef) and str(o).startswith("urn:uuid:")
    }
    assert pointed <= written


def test_the_same_record_gives_the_same_bytes_whenever_it_is_made(exported: SimpleNamespace) -> None:
    later = replace(exported.full(), made_at="2030-01-01T00:00:00Z")
    assert render_case_uco(exported.full()) == render_case_uco(later)


def test_an_act_has_performer_instrument_time_and_place_in_the_log(exported: SimpleNamespace) -> None:
    acts = {str(each["uco-core:name"]): each for each in of_type(exported.full(), ACTION)}
    intake = acts["intake"]
    (place,) = intake["uco-core:externalReference"]  # type: ignore[misc]
    assert place["uco-core:externalIdentifier"] == f"log:{exported.origin}/2"
    assert intake["uco-action:startTime"] == intake["uco-action:endTime"]
    (person,) = of_type(exported.full(), "uco-identity:Identity")[:1]
    assert intake["uco-action:performer"] == [{"@id": person["@id"]}]
    assert "uco-action:endTime" not in acts["observe"], "a watch goes on after its act"
    assert acts["time-absent"]["uco-action:actionStatus"] == "Fail"
    assert "uco-action:performer" not in acts["time-absent"], "nobody is named who is not on record"


def test_a_foreign_table_is_the_object_and_the_result_of_its_intake(exported: SimpleNamespace) -> None:
    (intake,) = (each for each in of_type(exported.full(), ACTION) if each["uco-core:name"] == "intake")
    tables = [
        each
        for each in of_type(exported.full(), "uco-observable:File")
        if "foreign" in str(each["uco-core:description"])
    ]
    assert intake["uco-action:object"] == [{"@id": tables[0]["@id"]}]
    records = {str(each["@id"]): each for each in of_type(exported.full(), PROVENANCE)}
    (handed,) = intake["uco-action:result"]  # type: ignore[misc]
    assert str(records[handed["@id"]]["case-investigation:exhibitNumber"]).startswith("file:ab")


def test_each_log_has_its_checkpoint_root_key_and_published_time(exported: SimpleNamespace) -> None:
    logs = [
        each
        for each in of_type(exported.full(), "uco-observable:File")
        if "Sealed log" in str(each["uco-core:description"])
    ]
    assert len(logs) == 2
    text = json.dumps(logs[0])
    assert "cd" * 32 in text
    assert f"{exported.origin}+0a0b0c0d+AQ==" in text
    assert "\\n412\\n" in text
    (token,) = of_type(exported.full(), "uco-action:Action")
    assert token["uco-action:endTime"] == {"@type": "xsd:dateTime", "@value": "2026-03-01T18:00:03Z"}
    assert token["uco-action:object"] == [{"@id": logs[0]["@id"]}]


def test_a_log_that_fails_is_exported_as_failing(exported: SimpleNamespace) -> None:
    bad = exported.log(failures=("frame_check: segments/0.seg, exhibit 7",))
    failing = replace(exported.full(), logs=(bad,))
    (told,) = (
        e for e in of_type(failing, "uco-observable:File") if "Sealed log" in str(e["uco-core:description"])
    )
    assert "NOT verified" in str(told["uco-core:description"])
    assert "exhibit 7" in str(told["uco-core:description"])


def test_the_investigation_holds_every_object(exported: SimpleNamespace) -> None:
    nodes = graph(exported.full())
    held = {each["@id"] for each in nodes[0]["uco-core:object"]}  # type: ignore[attr-defined]
    assert nodes[0]["@type"] == "case-investigation:Investigation"
    assert held == {each["@id"] for each in nodes[1:]}
    assert nodes[0]["case-investigation:relevantAuthorization"]


def test_hostile_words_are_spelled_out(exported: SimpleNamespace) -> None:
    text = render_case_uco(exported.full())
    assert exported.hostile not in json.loads(text)
    assert "\\u202e" not in text
    assert "\\u0000" not in text
    assert exported.other in text


def test_two_files_of_one_content_are_both_told(exported: SimpleNamespace) -> None:
    record = exported.full()
    twin = replace(record.files[0], name="sightings/again.csv")
    again = replace(record, files=(*record.files, twin))
    named = [
        facet["uco-observable:filePath"]
        for each in of_type(again, "uco-observable:File")
        for facet in each["uco-core:hasFacet"]  # type: ignore[attr-defined]
        if "uco-observable:filePath" in facet
    ]
    assert named[:3] == ["sightings/vendor.csv", "works.csv", "sightings/again.csv"]
    assert len(of_type(again, PROVENANCE)) == len(of_type(record, PROVENANCE)) + 1

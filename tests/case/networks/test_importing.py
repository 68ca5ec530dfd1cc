# SPDX-License-Identifier: Apache-2.0
"""Files as published into a case: bytes, table, ties and act."""

import bz2
import datetime as dt
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.networks.importing import Asked, import_files, source_of
from swarmwitness.case.networks.imports import imports_of
from swarmwitness.case.networks.reading import read_tables
from swarmwitness.terms import InputError

DAY = dt.date(2025, 4, 2)
LIST = Asked(source="exits", as_of=DAY, kind="vpn", provenance="a mail", by="Ada")


def sha(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_the_bytes_the_table_and_the_act_belong_together(case: Path, vpn: Path, tmp_path: Path) -> None:
    done = import_files(case, [vpn], LIST, out=tmp_path / "out")
    folder = CaseFolder.at(case)
    kept, table = folder.originals / vpn.name, folder.networks_dir / f"{vpn.name}.parquet"
    assert kept.read_bytes() == vpn.read_bytes()
    (act,) = imports_of(folder)
    assert (act.sha256, act.table_sha256) == (sha(vpn), sha(table))
    assert (act.format, act.source, act.as_of, act.provenance) == ("list", "exits", "2025-04-02", "a mail")
    assert (act.rows, act.refused) == (2, 1)
    assert done.rejected.column("line").to_pylist() == [3]
    assert done.rejected_file is not None
    assert done.rejected_file.read_text().startswith('"file","line","reason","row"\n')
    rows = read_tables(case).networks.to_pylist()
    assert [(r["prefix"], r["kind"], r["says"]) for r in rows] == [
        ("192.0.2.0/25", "vpn", "kind"),
        ("198.51.100.7/32", "vpn", "kind"),
    ]
    assert {r["derived_from"] for r in rows} == {f"file:{sha(vpn)}#{line}" for line in (2, 4)}
    assert {(r["valid_from"], r["valid_to"]) for r in rows} == {(DAY, DAY + dt.timedelta(1))}


def test_our_own_table_is_taken_unaltered(case: Path, own: Path, tmp_path: Path) -> None:
    import_files(case, [own], Asked(by="Ada"), out=tmp_path / "out")
    folder = CaseFolder.at(case)
    assert (folder.networks_dir / own.name).read_bytes() == own.read_bytes()
    assert not folder.originals.exists()
    (act,) = imports_of(folder)
    assert act.sha256 == act.table_sha256 == sha(own)
    assert act.source == "", "its rows name their sources"


def test_a_packed_table_of_our_own_keeps_its_bytes(case: Path, own: Path, tmp_path: Path) -> None:
    packed = tmp_path / "own.csv.bz2"
    packed.write_bytes(bz2.compress(own.read_bytes()))
    import_files(case, [packed], Asked(by="Ada"), out=tmp_path / "out")
    assert (CaseFolder.at(case).originals / packed.name).read_bytes() == packed.read_bytes()
    assert read_tables(case).networks.num_rows == 4


def test_the_same_file_again_changes_nothing(case: Path, vpn: Path, tmp_path: Path) -> None:
    import_files(case, [vpn], LIST, out=tmp_path / "out")
    renamed = tmp_path / "renamed.txt"
    renamed.write_bytes(vpn.read_bytes())
    for file in (vpn, renamed):
        (one,) = import_files(case, [file], LIST, out=tmp_path / "out").files
        assert one.already.startswith(f"is in the case already: networks/{vpn.name}.parquet, act ")
    assert len(imports_of(CaseFolder.at(case))) == 1


def test_a_name_that_is_taken_is_refused_and_nothing_is_left(case: Path, vpn: Path, tmp_path: Path) -> None:
    import_files(case, [vpn], LIST, out=tmp_path / "out")
    before = sorted(p.name for p in case.rglob("*") if "networks" in p.parts)
    vpn.write_text("203.0.113.0/24\n")
    with pytest.raises(InputError, match="another file of this name"):
        import_files(case, [vpn], LIST, out=tmp_path / "out")
    assert sorted(p.name for p in case.rglob("*") if "networks" in p.parts) == before
    assert len(imports_of(CaseFolder.at(case))) == 1


def test_only_checking_leaves_the_case_alone(case: Path, vpn: Path, tmp_path: Path) -> None:
    before = sorted(case.rglob("*"))
    (one,) = import_files(case, [vpn], LIST, out=tmp_path / "out", copy=False).files
    assert (one.converted.rows, one.table) == (2, "")
    assert sorted(case.rglob("*")) == before


def test_what_says_who_belongs_to_whom_becomes_a_table_of_organisations(case: Path, tmp_path: Path) -> None:
    file = tmp_path / "delegated-ripencc-extended-20250402"
    file.write_text(
        "2|ripencc|20250402|2|19830705|20250402|+0000\n"
        "ripencc|NL|asn|64500|1|20100101|allocated|holder-1\n"
        "ripencc|NL|ipv4|192.0.2.0|256|20100101|allocated|holder-1\n"
    )
    (one,) = import_files(case, [file], Asked(by="Ada"), out=tmp_path / "out").files
    assert (one.converted.format, one.source) == ("delegated", "delegated-ripencc-extended")
    ties = read_tables(case).organisations.to_pylist()
    assert [(t["member_id"], t["org_id"]) for t in ties] == [("as64500", "ripencc:holder-1")]
    assert CaseFolder.at(case).unread() == ()


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("rib.20250402.1200.bz2", "rib"),
        ("routeviews-rv2-20250402-1200.pfx2as.gz", "routeviews-rv2"),
        ("ip-ranges.json", "ip-ranges"),
        ("aws-2026-11-24.json", "aws"),
        ("20250402.csv", "20250402"),
        ("nothing", "nothing"),
    ],
)
def test_a_source_has_one_name_on_every_day(name: str, source: str) -> None:
    assert source_of(name) == source


def test_what_is_no_file_is_refused(case: Path, vpn: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="names no file"):
        import_files(case, [], LIST, out=tmp_path)
    with pytest.raises(InputError, match="no such file"):
        import_files(case, [tmp_path / "none"], LIST, out=tmp_path)
    with pytest.raises(InputError, match="not a regular file"):
        import_files(case, [tmp_path], LIST, out=tmp_path)
    with pytest.raises(InputError, match="one name"):
        import_files(case, [vpn, tmp_path / "." / vpn.name], LIST, out=tmp_path)
    with pytest.raises(InputError, match="a day to come"):
        import_files(case, [vpn], Asked(as_of=dt.date(9000, 1, 1), kind="vpn", by="Ada"), out=tmp_path)


def test_the_same_bytes_told_of_another_day_or_kind_are_another_table(
    case: Path, vpn: Path, tmp_path: Path
) -> None:
    import_files(case, [vpn], LIST, out=tmp_path / "out")
    again = vpn.with_name("vpn-2025-04-03.txt")
    again.write_bytes(vpn.read_bytes())
    (one,) = import_files(
        case, [again], replace(LIST, as_of=DAY + dt.timedelta(1)), out=tmp_path / "out"
    ).files
    assert (one.already, one.table) == ("", f"{again.name}.parquet")
    with pytest.raises(InputError, match="another file of this name"):
        import_files(case, [vpn], replace(LIST, kind="residential"), out=tmp_path / "out")
    assert [act.as_of for act in imports_of(CaseFolder.at(case))] == ["2025-04-02", "2025-04-03"]


def test_a_file_whose_table_was_altered_is_not_in_the_case_already(
    case: Path, own: Path, tmp_path: Path
) -> None:
    import_files(case, [own], Asked(by="Ada"), out=tmp_path / "out")
    with (CaseFolder.at(case).networks_dir / own.name).open("a") as file:
        file.write("203.0.113.0/24,as64503,,64503,unknown,,,list\n")
    with pytest.raises(InputError, match="another file of this name"):
        import_files(case, [own], Asked(by="Ada"), out=tmp_path / "out")


def test_a_copy_that_fails_leaves_nothing_behind(case: Path, vpn: Path, tmp_path: Path) -> None:
    long = vpn.with_name(f"{'y' * 242}.txt")  # the file's name fits, the table's does not
    long.write_bytes(vpn.read_bytes())
    with pytest.raises(OSError, match="too long"):
        import_files(case, [long], LIST, out=tmp_path / "out")
    folder = CaseFolder.at(case)
    assert list(folder.originals.iterdir()) == []
    assert (imports_of(folder), folder.tables("networks")) == ([], ())

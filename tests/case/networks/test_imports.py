# SPDX-License-Identifier: Apache-2.0
"""What the custody log says of imports, and tables that are not what it sealed."""

import datetime as dt
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from swarmwitness.case.custody.acts import CaseActs
from swarmwitness.case.files import shown
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.networks.importing import Asked, import_files
from swarmwitness.case.networks.imports import ACT, changed, imports_of
from swarmwitness.case.networks.reading import contents_of, read_tables


def test_a_table_that_was_altered_or_taken_away_is_named(
    case: Path, own: Path, vpn: Path, tmp_path: Path
) -> None:
    import_files(case, [own, vpn], Asked(as_of=dt.date(2025, 4, 2), by="Ada"), out=tmp_path / "out")
    folder = CaseFolder.at(case)
    assert list(changed(folder, contents_of(read_tables(case).networks))) == []
    with (folder.networks_dir / own.name).open("a") as file:
        file.write("203.0.113.0/24,as64503,,64503,unknown,,,list\n")
    (folder.networks_dir / f"{vpn.name}.parquet").unlink()
    altered, gone = changed(folder, contents_of(read_tables(case).networks))
    assert altered.startswith("networks/own.csv: is not the table that this act sealed: act ")
    assert gone.startswith(f"networks/{vpn.name}.parquet: is not here")


def test_ties_that_were_altered_and_originals_that_are_gone_are_named(case: Path, tmp_path: Path) -> None:
    file = tmp_path / "delegated\n-ripencc-extended-20250402"
    file.write_text(
        "2|ripencc|20250402|2|19830705|20250402|+0000\n"
        "ripencc|NL|asn|64500|1|20100101|allocated|holder-1\n"
        "ripencc|NL|ipv4|192.0.2.0|256|20100101|allocated|holder-1\n"
    )
    import_files(case, [file], Asked(by="Ada"), out=tmp_path / "out")
    folder = CaseFolder.at(case)
    assert read_tables(case).warnings == ()
    ties = folder.organisations_dir / f"{file.name}.parquet"
    table = pq.read_table(ties)
    pq.write_table(table.set_column(1, "org_id", pa.array(["somebody"])), ties)
    (folder.originals / file.name).unlink()
    altered, gone = read_tables(case).warnings
    assert altered.startswith(
        f"organisations/{shown(file.name)}.parquet: is not the table that this act sealed"
    )
    assert gone.startswith(f"networks/originals/{shown(file.name)}: the file as received is not here: act ")


def test_a_case_without_a_log_has_no_imports(tmp_path: Path) -> None:
    (tmp_path / "case.toml").touch()
    assert imports_of(CaseFolder.at(tmp_path)) == []


def test_an_act_of_another_form_is_left_out(case: Path) -> None:
    with CaseActs(case, "networks import", "Ada") as acts:
        acts.record(ACT, on={"file": json.dumps("odd")})
    assert imports_of(CaseFolder.at(case)) == []

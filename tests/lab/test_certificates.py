# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from swarmwitness.lab.certificates import certify
from swarmwitness.terms import InputError


@pytest.mark.parametrize(
    ("host", "option"), [("127.0.0.1", "-verify_ip"), ("tracker.example", "-verify_hostname")]
)
def test_the_authority_vouches_for_the_server_by_name(tmp_path: Path, host: str, option: str) -> None:
    made = certify(tmp_path, host)
    checked = [
        subprocess.run(
            ["openssl", "verify", "-CAfile", str(made.authority), option, name, str(made.chain)],
            capture_output=True,
            check=False,
        ).returncode
        for name in (host, host.replace("1", "2").replace("example", "invalid"))
    ]
    assert checked[0] == 0
    assert checked[1] != 0
    assert made.key.is_file()


def test_without_openssl_it_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(InputError, match="openssl"):
        certify(tmp_path, "127.0.0.1")


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="failed"):
        certify(tmp_path / "not-there", "127.0.0.1")

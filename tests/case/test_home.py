# SPDX-License-Identifier: Apache-2.0
"""Keys: apart from the case, for their owner alone."""

from pathlib import Path

import pytest

from swarmwitness.case import home
from swarmwitness.terms import InputError


def test_a_key_that_others_can_read_is_refused() -> None:
    key = home.pseudonym_key("case")
    assert len(key) == 32
    (file,) = (home.home() / "pseudonyms").iterdir()
    file.chmod(0o644)
    with pytest.raises(InputError, match="chmod 600"):
        home.pseudonym_key("case")


def test_a_key_is_made_once() -> None:
    assert home.pseudonym_key("case") == home.pseudonym_key("case")
    assert home.pseudonym_key("case") != home.pseudonym_key("other case")


def test_a_missing_signing_key_is_one_clear_line() -> None:
    with pytest.raises(InputError, match="begun elsewhere"):
        home.signing_key("swarmwitness.local/none/00000000", make=False)


def test_hostile_names_stay_in_the_folder() -> None:
    file = home.checkpoint_file("../../etc/passwd")
    assert file.parent == home.home() / "checkpoints"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"no/such/log\n", b"../../x+00+AA\n"])
def test_a_log_without_a_kept_checkpoint_has_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "log.vkey").write_bytes(content)
    assert home.kept_checkpoint(tmp_path) is None

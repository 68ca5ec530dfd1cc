# SPDX-License-Identifier: Apache-2.0
"""Keys: apart from the case, for their owner alone, in nothing that is written."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from swarmwitness.case import home
from swarmwitness.terms import InputError

ORIGIN = "swarmwitness.local/x/00000000"
KEYS: dict[str, Callable[[], object]] = {
    "pseudonyms": lambda: home.pseudonym_key("case"),
    "contents": lambda: home.content_key(ORIGIN, make=True),
    "keys": lambda: home.signing_key(ORIGIN, make=True),
}


def key_file(folder: str) -> Path:
    (file,) = (home.home() / folder).iterdir()
    return file


def changed_mode(file: Path) -> None:
    file.chmod(0o640)


def open_folder(file: Path) -> None:
    file.parent.chmod(0o770)


def open_home(file: Path) -> None:
    home.home().chmod(0o777)


def open_above(file: Path) -> None:
    home.home().parent.chmod(0o777)


def linked(file: Path) -> None:
    file.rename(file.parent.parent / "moved")
    file.symlink_to(file.parent.parent / "moved")


def piped(file: Path) -> None:
    file.unlink()
    os.mkfifo(file, 0o600)


def foldered(file: Path) -> None:
    file.unlink()
    file.mkdir(mode=0o700)


@pytest.mark.parametrize("folder", sorted(KEYS))
@pytest.mark.parametrize(
    "harm",
    [changed_mode, open_folder, open_home, open_above, linked, piped, foldered],
    ids=lambda f: f.__name__,
)
def test_a_key_that_others_can_read_or_replace_is_refused(folder: str, harm: Callable[[Path], None]) -> None:
    KEYS[folder]()
    harm(key_file(folder))
    with pytest.raises(InputError, match=r"others|link|regular|can't be read"):
        KEYS[folder]()


@pytest.mark.parametrize("folder", ["pseudonyms", "contents"])
@pytest.mark.parametrize("length", [0, 31, 33, 1 << 20])
def test_a_key_of_another_length_is_none(folder: str, length: int) -> None:
    KEYS[folder]()
    key_file(folder).write_bytes(b"k" * length)
    with pytest.raises(InputError, match="is no key"):
        KEYS[folder]()


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser gives files away")
def test_another_users_key_is_refused() -> None:
    KEYS["contents"]()
    os.chown(key_file("contents"), 12345, -1)
    with pytest.raises(InputError, match="another user"):
        KEYS["contents"]()


def test_a_key_is_made_once_with_its_mode() -> None:
    assert home.pseudonym_key("case") == home.pseudonym_key("case")
    assert home.pseudonym_key("case") != home.pseudonym_key("other case")
    key = home.content_key(ORIGIN, make=True)
    assert key == home.content_key(ORIGIN, make=False)
    assert key is not None
    assert len(key) == 32
    assert home.content_key_file(ORIGIN).stat().st_mode & 0o777 == 0o600
    for folder in ("pseudonyms", "contents"):
        assert (home.home() / folder).stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("folder", KEYS)
def test_a_key_is_durable_before_it_is_used(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a power cut its name must be there, or the exhibits that it opens are lost."""
    synced: list[int] = []

    def fsync(handle: int) -> None:
        synced.append(os.fstat(handle).st_ino)
        real(handle)

    real = os.fsync
    monkeypatch.setattr(os, "fsync", fsync)
    KEYS[folder]()
    file = key_file(folder)
    order = [each.stat().st_ino for each in (file, file.parent, file.parent.parent)]
    assert synced[:3] == order


def test_a_key_is_not_made_unless_asked() -> None:
    assert home.content_key(ORIGIN, make=False) is None
    assert home.kept_pseudonym_key("case") is None
    assert list(home.home().iterdir()) == []


def test_a_folder_that_others_write_to_gets_no_key() -> None:
    home.home().chmod(0o777)
    for make in KEYS.values():
        with pytest.raises(InputError, match="others can write"):
            make()
    assert not [p for p in home.home().rglob("*") if p.is_file()]


def test_a_missing_signing_key_is_one_clear_line() -> None:
    with pytest.raises(InputError, match="begun elsewhere"):
        home.signing_key("swarmwitness.local/none/00000000", make=False)


def test_hostile_names_stay_in_the_folder() -> None:
    file = home.checkpoint_file("../../etc/passwd")
    assert file.parent == home.home() / "checkpoints"
    assert home.content_key_file("../../etc/passwd").parent == home.home() / "contents"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"no/such/log\n", b"../../x+00+AA\n"])
def test_a_log_without_a_kept_checkpoint_has_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "log.vkey").write_bytes(content)
    assert home.kept_checkpoint(tmp_path) is None


def test_no_error_tells_a_secret(observed: Any) -> None:
    for file in (p for p in home.home().rglob("*.key") if p.is_file()):
        secret = file.read_bytes()
        file.chmod(0o644)
        with pytest.raises(InputError) as refused:
            home._kept_secret(file)  # the one reader of all of them
        assert secret[:8].hex() not in str(refused.value)
        file.chmod(0o600)

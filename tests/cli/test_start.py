# SPDX-License-Identifier: Apache-2.0
"""The beginning of the process is light, and its exit status that of the command."""

from __future__ import annotations

import subprocess
import sys

import pytest

from swarmwitness.cli.start import main


@pytest.mark.parametrize(("words", "status"), [(["--version"], 0), (["observe"], 2), (["nonsense"], 2)])
def test_the_exit_status_is_that_of_the_command(words: list[str], status: int) -> None:
    code = "import sys; from swarmwitness.cli import main; main(sys.argv[1:])"
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert "Traceback" not in done.stderr


def test_nothing_large_is_imported_before_the_signals_are_kept() -> None:
    code = (
        "import sys; from swarmwitness.cli import main; "
        "print(*sorted({'cyclopts', 'rich', 'asyncio', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_it_leaves_with_the_status(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out.strip()

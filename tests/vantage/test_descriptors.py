# SPDX-License-Identifier: Apache-2.0
"""In a process of its own, since limits that are lowered stay low."""

from __future__ import annotations

import subprocess
import sys

import pytest

from swarmwitness.vantage.descriptors import RESERVE

ASK = """
import resource, sys
from swarmwitness.vantage.descriptors import sockets_for
soft, hard, wanted = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
print(sockets_for(wanted), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "room", "limit"),
    [
        (256, 4096, 500, 500, 500 + RESERVE),
        (256, 300, 500, 300 - RESERVE, 300),
        (2048, 4096, 500, 500, 2048),
        (100, 100, 500, 1, 100),
    ],
    ids=["raised", "as far as it goes", "enough", "next to nothing"],
)
def test_the_limit_is_raised_as_far_as_the_system_lets_us(soft, hard, wanted, room, limit) -> None:
    asked = [sys.executable, "-c", ASK, str(soft), str(hard), str(wanted)]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(room), str(limit)]

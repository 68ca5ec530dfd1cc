# SPDX-License-Identifier: Apache-2.0
"""A private stage: a network namespace that holds nothing but `lo`, so that no real client can reach out.

Inside, all of 198.18.0.0/15 (RFC 2544) and 2001:2::/48 (RFC 5180) is local: addresses that clients do
not take for their own network. Where a namespace is not permitted, 127.0.0.0/8 serves without one; every
client is bound to an address of it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

# IPv6 binds to an address of a local route only if non-local binding is allowed, unlike IPv4. Both are this
# namespace's own, and a kernel without IPv6 leaves the rest of the stage as it is.
_V6_BIND = "/proc/sys/net/ipv6/ip_nonlocal_bind"
_SET_UP = (
    'PATH="$PATH:/usr/sbin:/sbin"; ip link set lo up && ip route add local 198.18.0.0/15 dev lo && '
    f"{{ ip -6 route add local 2001:2::/48 dev lo && echo 1 > {_V6_BIND} || true; }} 2>/dev/null && "
    'exec "$@"'
)
_PROBE_S = 20.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Where laboratory processes run.

    Attributes:
        prefix: What goes before a command to run it there.
        base: The first two numbers of its addresses.
        why: Empty, or why there is no namespace, in one line.
        base6: What its IPv6 addresses begin with; empty where it has none beside ::1.
    """

    prefix: tuple[str, ...]
    base: str
    why: str = ""
    base6: str = ""

    @property
    def private(self) -> bool:
        """Whether it is a namespace of our own, so that capturing sees our own packets alone."""
        return bool(self.prefix)

    def command(self, arguments: Sequence[str]) -> list[str]:
        """The command that runs `arguments` on the stage, as one process."""
        return [*self.prefix, *arguments]

    def address(self, network: int, host: int) -> str:
        """An address of the stage; `network` is a /24 of it."""
        return f"{self.base}.{network}.{host}"

    def address6(self, network: int, host: int) -> str | None:
        """The same in IPv6; None where the stage has no such addresses."""
        return f"{self.base6}:{network:x}:{host:x}" if self.base6 else None


def find_stage() -> Stage:
    """A namespace, as root or through a user namespace; otherwise the loopback network, with the reason."""
    if shutil.which("unshare") is None:
        return Stage((), "127.18", "no namespace: unshare (util-linux) is not installed; 127.0.0.0/8 is used")
    why = ""
    for flags in (("-n",) if os.geteuid() == 0 else (), ("-r", "-n")):
        if not flags:
            continue
        prefix = ("unshare", *flags, "sh", "-c", _SET_UP, "stage")
        why = _refusal(prefix)
        if not why:
            v6 = not _refusal(prefix, "grep", "-q", "1", _V6_BIND)
            return Stage(prefix, "198.18", base6="2001:2:" if v6 else "")
    return Stage((), "127.18", f"no namespace ({why}); 127.0.0.0/8 is used and nothing is captured")


def _refusal(prefix: tuple[str, ...], *command: str) -> str:
    """Why a command (by default one that does nothing) does not run there; empty if it does."""
    try:
        done = subprocess.run(
            [*prefix, *(command or ("true",))], capture_output=True, text=True, timeout=_PROBE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    lines = done.stderr.strip().splitlines()
    return "" if done.returncode == 0 else (lines[-1] if lines else f"exit status {done.returncode}")

# SPDX-License-Identifier: Apache-2.0
"""A home behind a translator of addresses: three network namespaces, joined by two pairs of virtual wires.

    outside 198.18.9.0/24 ... | wan 198.18.5.1   router   lan 10.77.0.1 | 10.77.0.2 inside

The router rewrites what leaves (masquerade, which keeps the port where it is free) and drops whatever
comes to it from outside unasked: so do most home routers. Nothing else is in the namespaces, and no
way leads out of them. A namespace lives as long as the process that holds it; leaving ends all three.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from types import TracebackType

from swarmwitness.terms import InputError

OBSERVER, RELAY, TRACKER = "198.18.9.2", "198.18.9.3", "198.18.9.9"
ROUTER = "198.18.5.1"
INSIDE, ROUTER_INSIDE = "10.77.0.2", "10.77.0.1"
_TOOLS = ("unshare", "nsenter", "ip", "nft")
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_COMMAND_S = 20.0
_RULES = """
table ip home {
  chain leaving { type nat hook postrouting priority 100; oifname "wan" masquerade; }
  chain forwarded { type filter hook forward priority 0; iifname "wan" ct state new drop; }
  chain arriving { type filter hook input priority 0; iifname "wan" ct state new drop; }
}
"""


class Home:
    """The three namespaces; a context manager.

    Raises:
        InputError: namespaces or translation are not to be had here, and why.
    """

    def __init__(self) -> None:
        self._holders: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Home:
        missing = [tool for tool in _TOOLS if shutil.which(tool, path=_PATH) is None]
        if missing or os.geteuid() != 0:
            raise InputError(f"no translator: needs root and {', '.join(missing) or 'no more tools'}")
        try:
            for name in ("outside", "router", "inside"):
                self._hold(name)
            self._wire()
            self._translate()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the namespaces."""
        for holder in self._holders.values():
            holder.kill()
            holder.wait()
        self._holders.clear()

    def command(self, where: str, arguments: Sequence[str]) -> list[str]:
        """The command that runs `arguments` there, as one process.

        Args:
            where: outside, router or inside.
        """
        return ["nsenter", f"--net=/proc/{self._holders[where].pid}/ns/net", *arguments]

    def run(self, where: str, *arguments: str, rules: str = "") -> str:
        """Run a short command there; what it wrote.

        Raises:
            InputError: it failed.
        """
        done = subprocess.run(
            self.command(where, arguments), input=rules, capture_output=True, text=True,
            timeout=_COMMAND_S, check=False, env={**os.environ, "PATH": _PATH},
        )  # fmt: skip
        if done.returncode:
            raise InputError(f"no translator: {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def _hold(self, name: str) -> None:
        """A process that does nothing but keep a namespace; ready once it says so."""
        script = "ip link set lo up && echo ready && exec sleep infinity"
        holder = subprocess.Popen(
            ["unshare", "-n", "sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "PATH": _PATH},
        )  # fmt: skip
        self._holders[name] = holder
        assert holder.stdout is not None
        assert holder.stderr is not None
        with holder.stdout, holder.stderr:
            if holder.stdout.readline() != b"ready\n":
                raise InputError(f"no namespace: {holder.stderr.read().decode(errors='replace').strip()}")

    def _wire(self) -> None:
        self._pair(("outside", "pub"), ("router", "wan"))
        self._pair(("router", "lan"), ("inside", "eth"))
        for address in (OBSERVER, RELAY, TRACKER):
            self.run("outside", "ip", "address", "add", f"{address}/16", "dev", "pub")
        self.run("router", "ip", "address", "add", f"{ROUTER}/16", "dev", "wan")
        self.run("router", "ip", "address", "add", f"{ROUTER_INSIDE}/24", "dev", "lan")
        self.run("inside", "ip", "address", "add", f"{INSIDE}/24", "dev", "eth")
        self.run("inside", "ip", "route", "add", "default", "via", ROUTER_INSIDE)

    def _pair(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        """A wire from one namespace to another."""
        there = str(self._holders[other[0]].pid)
        self.run(
            one[0], "ip", "link", "add", one[1], "type", "veth", "peer", "name", other[1], "netns", there
        )
        for where, name in (one, other):
            self.run(where, "ip", "link", "set", name, "up")

    def _translate(self) -> None:
        self.run("router", "sysctl", "-qw", "net.ipv4.ip_forward=1")
        self.run("router", "nft", "-f", "-", rules=_RULES)

    def mappings(self) -> str:
        """What the router translates now, where the tool to ask it is installed; for the curious."""
        if shutil.which("conntrack", path=_PATH) is None:
            return ""
        return self.run("router", "conntrack", "-L")

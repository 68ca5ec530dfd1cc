# SPDX-License-Identifier: Apache-2.0
"""An innocent: a device that takes connections, says nothing that BitTorrent knows, and is named by a forger.

`python -m swarmwitness.lab.actors.printer ADDRESS PORT`; ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import sys

_GREETING = b'@PJL INFO STATUS\r\nCODE=10001\r\nDISPLAY="READY"\r\n'


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One visitor: read what it says, answer as a printer."""
    try:
        await asyncio.wait_for(reader.read(1024), 30)
        writer.write(_GREETING)
        await writer.drain()
    except (TimeoutError, OSError):
        pass  # Whoever called went away: nothing to a printer.
    finally:
        writer.close()


async def _main(host: str, port: int) -> None:
    server = await asyncio.start_server(greet, host, port)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], int(sys.argv[2])))

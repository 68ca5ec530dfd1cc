# SPDX-License-Identifier: Apache-2.0
"""What we tell a peer of ourselves in the extension handshake (BEP 10): all of it true.

We offer the extensions that we *read*. `ut_metadata` comes without `metadata_size`, since we give
none; `reqq` is 1, since no request of a peer can be served.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from swarmwitness.swarm.extensions import OUR_NUMBERS
from swarmwitness.wire import donthave, holepunch, metadata, peerwire, pex
from swarmwitness.wire.ltep import ExtensionHandshake

OUR_REQQ = 1
"""How many requests we would queue: none could be served; 1 is the least that clients read as a number."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What one conversation offers and asks for.

    Attributes:
        port: Where we listen, told to the peer; 0 = nowhere.
        pex: Read whom it is connected to (never of a private torrent, BEP 27).
        metadata: Ask for the info dictionary where it is unknown.
        holepunch: Speak BEP 55: say yes only where a uTP socket can take the connection.
        challenge: Ask for leaf hashes (BEP 52) where that proves something.
    """

    port: int = 0
    pex: bool = True
    metadata: bool = True
    holepunch: bool = False
    challenge: bool = True

    def names(self, *, private: bool) -> tuple[str, ...]:
        """The extensions that we read from a peer; `private` as BEP 27 has it."""
        wanted = (
            (pex.NAME, self.pex and not private),
            (metadata.NAME, self.metadata),
            (donthave.NAME, True),
            (holepunch.NAME, self.holepunch),
        )
        return tuple(name for name, yes in wanted if yes)


DEFAULT_OFFER = Offer()


@lru_cache(maxsize=64)
def introduction(client: str, offer: Offer, private: bool) -> tuple[peerwire.Extended, bytes]:
    """Our extension handshake, and its bytes: made once, said to thousands."""
    numbers = {name: OUR_NUMBERS[name] for name in offer.names(private=private)}
    handshake = ExtensionHandshake(m=numbers, v=client, p=offer.port or None, reqq=OUR_REQQ)
    message = peerwire.Extended(0, handshake.to_wire())
    return message, peerwire.encode(message)

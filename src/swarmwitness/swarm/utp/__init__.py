# SPDX-License-Identifier: Apache-2.0
"""uTP (BEP 29) as state machines: a byte stream in both directions over datagrams.

Lives here: the active side (connection, with its inbox, outbox and pace) and the passive reader of
both sides (reassembly). Both put the peer's bytes in order with the same inbox, so that what the live
observer read and what a replay reads cannot differ.
May be added: a rule of BEP 29 that a real client needs.
Never: sockets, clocks, entropy; another way to put bytes in order.
Start with connection.py, then inbox.py and reassembly.py.
"""

from swarmwitness.swarm.utp.connection import UtpConnection, reset_for
from swarmwitness.swarm.utp.reassembly import Reassembly

__all__ = ["Reassembly", "UtpConnection", "reset_for"]

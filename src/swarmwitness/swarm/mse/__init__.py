# SPDX-License-Identifier: Apache-2.0
"""Encrypted peer connections (Message Stream Encryption, also called protocol encryption or PE).

Lives here: the cipher, the keys, the readers of both sides, the exchange held live, the exchange read
from a log, and the conversation that is carried inside one.
May be added: another method of crypto_select.
Never: sockets, clocks, entropy (private keys and pads are arguments); trust in the encryption: it
hides from those who look at the line, and proves no more than that the peer knows the info_hash.
Start with streams.py, then exchange.py.
"""

from swarmwitness.swarm.mse.encrypted import EncryptedDialogue
from swarmwitness.swarm.mse.exchange import Initiator, Responder
from swarmwitness.swarm.mse.keys import PAD_ENTROPY_BYTES
from swarmwitness.swarm.mse.reading import KeyedReader

__all__ = ["PAD_ENTROPY_BYTES", "EncryptedDialogue", "Initiator", "KeyedReader", "Responder"]

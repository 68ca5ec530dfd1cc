# SPDX-License-Identifier: Apache-2.0
"""The only room with sockets, clocks and entropy. Bytes are recorded before anyone parses them.

May be added: another transport, one per file.
Never: rows, judgements, a send that did not pass swarm/conduct.py.
Start with dial.py.
"""

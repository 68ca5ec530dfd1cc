# SPDX-License-Identifier: Apache-2.0
"""Our node of the DHT as state machines: datagrams and time in, datagrams out.

Lives here: what was asked (asked), whom we know (table), who we are outside (outside), looking up one target
in one family (lookup), one question about a torrent in both (search), the node itself (node).
May be added: another kind of question to nodes.
Never: sockets, clocks, entropy; an answer to anybody: the node is read-only (BEP 43).
Start with node.py, then lookup.py.
"""

# SPDX-License-Identifier: Apache-2.0
"""Code that can upload: real clients and hostile peers, each in a process of its own.

May be added: another client or hostile peer.
Never: an import from anywhere but lab/; a listening address outside the stage.
Start with client.py.
"""

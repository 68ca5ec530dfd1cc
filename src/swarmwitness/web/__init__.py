# SPDX-License-Identifier: Apache-2.0
"""The read-only explorer (a later step).

May be added: a page that reads findings and tables.
Never: a write, a listener on any address but loopback.
Start with this page.
"""

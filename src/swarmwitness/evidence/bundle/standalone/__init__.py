# SPDX-License-Identifier: Apache-2.0
"""The second verifier, one file that is copied into each bundle byte by byte.

Lives here: verify_standalone.py. May be added: nothing.
Never: an import of the package, or by it. Start with docs/bundle-format.md, from which it was written.
"""

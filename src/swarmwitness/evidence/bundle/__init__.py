# SPDX-License-Identifier: Apache-2.0
"""Bundles: chosen exhibits with their proofs, as one party hands them to the other; writing and checking.

Lives here: the layout of a bundle (docs/bundle-format.md), its writer, its verifier, and the second verifier.
May be added: another kind of file in a bundle, with its check in both verifiers.
Never: code that the two verifiers share; a choice of exhibits (case/ makes it); a file that no check covers.
Start with layout.py for the files, write.py for making one, verify.py for checking one.
"""

from swarmwitness.evidence.bundle.report import BundleReport
from swarmwitness.evidence.bundle.verify import verify_bundle
from swarmwitness.evidence.bundle.write import Cover, LogExcerpt, write_bundle

__all__ = ["BundleReport", "Cover", "LogExcerpt", "verify_bundle", "write_bundle"]

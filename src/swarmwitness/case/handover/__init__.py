# SPDX-License-Identifier: Apache-2.0
"""What leaves a case: bundles with proofs, CASE/UCO, drafts for a person to sign; pseudonyms unless opened.

May be added: another form that a case leaves in.
Never: a word or row that was not masked; an export from evidence that fails.
Start with bundling.py and record.py.
"""

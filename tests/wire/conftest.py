# SPDX-License-Identifier: Apache-2.0
"""Shared cores make a deadline per example a matter of luck; pytest's own timeout bounds a test."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("shared-cores", deadline=None)
settings.load_profile("shared-cores")

"""The merchants' face: `/v1` resources, problem documents, idempotency at the door, OpenAPI."""

from __future__ import annotations

from merchant_api.api import register

__all__ = ["register"]

"""The gateways by their names. Another one is one more line here."""

from __future__ import annotations

from collections.abc import Mapping

from billing_core.acquirers.gateway import Gateway
from billing_core.acquirers.portone import PORTONE

_EVERY: tuple[Gateway, ...] = (PORTONE,)

GATEWAYS: Mapping[str, Gateway] = {gateway.name: gateway for gateway in _EVERY}

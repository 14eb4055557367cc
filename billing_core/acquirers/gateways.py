"""The gateways by their names. Another one is one more line here."""

from __future__ import annotations

from collections.abc import Mapping

from billing_core.acquirers.gateway import Gateway
from billing_core.acquirers.nicepay import NICEPAY
from billing_core.acquirers.portone import PORTONE
from billing_core.acquirers.tosspayments import TOSSPAYMENTS

_EVERY: tuple[Gateway, ...] = (NICEPAY, PORTONE, TOSSPAYMENTS)

GATEWAYS: Mapping[str, Gateway] = {gateway.name: gateway for gateway in _EVERY}

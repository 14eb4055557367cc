"""What an operator or a merchant brings to be served through PortOne."""

from __future__ import annotations

import base64

from pydantic import ConfigDict, Field, SecretStr, field_validator

from billing_core.acquirers.gateway import Contract

WEBHOOK_SECRET_PREFIX = "whsec_"  # noqa: S105 (the beginning of every such secret)


class PortoneContract(Contract):
    """What PortOne gives a merchant."""

    model_config = ConfigDict(hide_input_in_errors=True)

    base_url: str = Field(
        default="https://api.portone.io", description="PortOne's API; test channels live there too."
    )
    api_secret: SecretStr = Field(min_length=1, description="The V2 API secret of the store.")
    store_id: str = Field(
        min_length=1,
        description="The store, `store-…`; best one of its own, for the daily comparison takes "
        "every payment in it for ours.",
    )
    channel_key: str = Field(
        min_length=1,
        description="The channel, `channel-key-…`, of a gateway that issues billing keys by API.",
    )
    gateway: str = Field(
        default="",
        description="The gateway behind the channel as PortOne names it (NICE_V2, TOSSPAYMENTS, "
        "KCP_V2 …); its codes for refused cards are understood by this name.",
    )
    webhook_secret: SecretStr | None = Field(
        default=None,
        description="The webhook secret, `whsec_…`; without it webhooks are not listened to, and "
        "inquiries alone find out.",
    )

    @field_validator("webhook_secret")
    @classmethod
    def _is_a_webhook_secret(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None:
            prefix, _, key = secret.get_secret_value().partition("_")
            if f"{prefix}_" != WEBHOOK_SECRET_PREFIX or not base64.b64decode(key + "=="):
                raise ValueError("a webhook secret is whsec_ and base64 behind it")
        return secret

"""Lists stay quick however much is stored: each kind has an index that is in the lists' order."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from foundation.database import Base

# Refunds are listed with their charge, of which each has a few.
LISTED = ("registrations", "bill_keys", "charges", "consent_records", "events", "webhook_endpoints")


def test_every_list_has_an_index_in_its_order(application: Flask) -> None:
    lists = {
        rule.rule.removeprefix("/v1/")
        for rule in application.url_map.iter_rules()
        if rule.endpoint.startswith("merchant_api.list_") and "<" not in rule.rule
    }
    indexed = {
        name
        for name in LISTED
        for index in Base.metadata.tables[name].indexes
        if isinstance(index, sa.Index) and list(index.columns.keys()) == ["merchant_id", "id"]
    }

    assert lists == set(LISTED)
    assert indexed == set(LISTED)

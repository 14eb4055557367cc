"""The provider's REST API (api.twilio.com, 2010-04-01), as far as the product uses it."""

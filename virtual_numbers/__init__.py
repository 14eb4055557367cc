"""A lent number: the pool, the loans, who is calling whom, and the provider's side of the pool."""

"""Call scripts: what a caller does and expects, as YAML, and the runner that plays them."""

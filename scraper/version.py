"""Which version this is; pyproject.toml reads it here, as an egg has nothing else that could tell."""

VERSION = "0.1.0"

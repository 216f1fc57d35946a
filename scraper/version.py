"""The version of this project. pyproject.toml reads it here, because an egg carries no other place for it."""

VERSION = "0.1.0"

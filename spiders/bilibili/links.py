"""Bilibili's URL forms (docs/platforms.md)."""

from scraper.core.links import LinkPattern

LINKS: tuple[LinkPattern, ...] = ()

"""All platforms, and the recogniser of their links."""

from scraper.platform.registry import load, recogniser

SITES = load(("spiders",))
KNOWN = recogniser(SITES.values())

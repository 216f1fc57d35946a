"""All platforms, and what recognises their links."""

from scraper.platform.registry import load, recogniser

SITES = load(("spiders",))
KNOWN = recogniser(SITES.values())

"""Where all platforms are found, so that nothing names one."""

from collections.abc import Iterable
from functools import cache

from scraper.links.recogniser import Recogniser
from scraper.platform.contract import Platform
from scraper.platform.modules import import_all


@cache
def load(modules: tuple[str, ...]) -> dict[str, Platform]:
    """Return every platform found below *modules* (the setting SPIDER_MODULES), by name."""
    platforms: dict[str, Platform] = {}
    for module in import_all(modules):
        for spider in vars(module).values():
            platform = getattr(spider, "platform", None)
            if isinstance(platform, Platform):
                platforms[platform.name] = platform
    return dict(sorted(platforms.items()))


def recogniser(platforms: Iterable[Platform], *, only: str | None = None) -> Recogniser:
    """Return the recogniser for the links of *platforms*; with *only* it takes one's, and names the others'."""
    chosen = tuple(platforms)
    return Recogniser(
        {each.name: each.links for each in chosen},
        {each.name: [domain for domain in each.domains if domain not in each.rented] for each in chosen},
        ids=[form for each in chosen for form in each.ids],
        only=only,
    )

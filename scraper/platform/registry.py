"""Find all platforms, so that no other code names one."""

from collections.abc import Iterable, Sequence
from functools import cache

from scrapy.settings import BaseSettings

from scraper.links.recogniser import Recogniser
from scraper.platform.contract import Platform
from scraper.platform.modules import import_all


def load_platforms(settings: BaseSettings) -> dict[str, Platform]:
    """Return a new instance of every platform below SPIDER_MODULES, by name."""
    return load(settings.getlist("SPIDER_MODULES"))


def load(modules: Sequence[str]) -> dict[str, Platform]:
    """Return a new instance of every platform below *modules*, by name; instances share no state."""
    return {platform.name: platform() for platform in _find_classes(tuple(modules))}


@cache
def _find_classes(modules: tuple[str, ...]) -> tuple[type[Platform], ...]:
    """Return the platform classes of the spiders below *modules*, sorted by name."""
    found: dict[str, type[Platform]] = {}
    for module in import_all(modules):
        for spider in vars(module).values():
            platform = getattr(spider, "platform", None)
            if isinstance(platform, type) and issubclass(platform, Platform):
                found[platform.name] = platform
    return tuple(found[name] for name in sorted(found))


def recogniser(platforms: Iterable[Platform], *, only: str | None = None) -> Recogniser:
    """Return the recogniser of the links of *platforms*; with *only* it rejects those of all other platforms."""
    chosen = tuple(platforms)
    return Recogniser(
        {each.name: each.links for each in chosen},
        {each.name: [domain for domain in each.domains if domain not in each.rented] for each in chosen},
        ids=[form for each in chosen for form in each.ids],
        only=only,
    )

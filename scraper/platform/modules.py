"""Import the modules of all platforms; report a broken one and import the others."""

import logging
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType

from scrapy import Spider
from scrapy.settings import BaseSettings
from scrapy.spiderloader import SpiderLoader, get_spider_loader

from scraper.errors import UsageError

logger = logging.getLogger(__name__)


def import_all(roots: tuple[str, ...]) -> tuple[ModuleType, ...]:
    """Import all modules below *roots* (the setting SPIDER_MODULES) except broken ones."""
    return _import_all(roots)[0]


def find_broken(roots: tuple[str, ...]) -> tuple[str, ...]:
    """Return a line for each module below *roots* that cannot be imported."""
    return _import_all(roots)[1]


@cache
def _import_all(roots: tuple[str, ...]) -> tuple[tuple[ModuleType, ...], tuple[str, ...]]:
    found, broken = [], []
    for root in roots:
        for info in walk_packages(import_module(root).__path__, root + ".", onerror=lambda _: None):
            try:
                found.append(import_module(info.name))
            except Exception as error:  # noqa: BLE001 - a broken platform may raise anything; the others run
                broken.append(f"{info.name} cannot be imported, so its platform is left out: {error!r}")
                logger.error("%s", broken[-1])
    return tuple(found), tuple(broken)


class ForgivingLoader(SpiderLoader):
    """A spider loader that skips a broken module; Scrapy's own loader skips its whole package."""

    def _load_all_spiders(self) -> None:
        for module in import_all(tuple(self.spider_modules)):
            self._load_spiders(module)
        self._check_name_duplicates()


def find_spider(settings: BaseSettings, name: str) -> type[Spider]:
    """Return the spider *name*; raise UsageError if there is none."""
    loader = get_spider_loader(settings)
    try:
        return loader.load(name)
    except KeyError as error:
        known = ", ".join(sorted(loader.list()))
        raise UsageError(f"{name}: no such spider: expected one of {known}") from error

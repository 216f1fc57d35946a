"""The engine's add-on: settings that depend on other settings."""

import logging

from scrapy.settings import BaseSettings

from scraper.options.catalogue import POLITE
from scraper.runtime.logformat import quiet_loggers

logger = logging.getLogger(__name__)


class Politeness:
    """Turn POLITE=0 into Scrapy's own settings: no delay, no AutoThrottle. Ignore JOBDIR: the ledger does its work."""

    def update_settings(self, settings: BaseSettings) -> None:
        """Apply the user's settings, before any component reads one."""
        quiet_loggers()
        if settings.get("JOBDIR"):  # Scrapyd's jobs_dir sets it; our requests cannot be pickled
            logger.warning("JOBDIR is not used: the ledger in OUTPUT_DIR records the finished seeds")
            settings.set("JOBDIR", None, priority="cmdline")
        if not POLITE.read(settings):
            settings.set("AUTOTHROTTLE_ENABLED", False, priority="cmdline")
            settings.set("DOWNLOAD_DELAY", 0, priority="cmdline")
            slots = {name: slot | {"delay": 0} for name, slot in settings.getdict("DOWNLOAD_SLOTS").items()}
            settings.set("DOWNLOAD_SLOTS", slots, priority="cmdline")

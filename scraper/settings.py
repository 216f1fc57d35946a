"""
Scrapy's settings of the project; those of our own are the rows of ``scraper/options/catalogue.py`` (docs/settings.md).

Precedence: ``-s``, then the environment (``SCRAPER_<NAME>``), then the configuration file, then the defaults here.
"""

import os

from scraper.options.catalogue import SETTINGS
from scraper.options.config_file import read_values

BOT_NAME = "scraper"
SPIDER_MODULES = ["spiders"]
SPIDER_LOADER_CLASS = "scraper.platform.modules.ForgivingLoader"
NEWSPIDER_MODULE = "spiders"
COMMANDS_MODULE = "scraper.commands"
ADDONS = {"scraper.addons.Politeness": 0}

# Scrapy
# A browser's own: some short-link hosts answer scripts with a page instead of a redirect.
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
DEFAULT_REQUEST_HEADERS = {"Accept": "*/*", "Accept-Language": "en"}
# Links that a person gave, one request each: robots.txt is for crawlers that find their own way (docs/decisions.md).
ROBOTSTXT_OBEY = False
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
DOWNLOAD_HANDLERS = {
    "http": "scraper.fetch.handler.TransportHandler",
    "https": "scraper.fetch.handler.TransportHandler",
    "file": None,
    "data": None,
    "ftp": None,
    "s3": None,
}
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_MAXSIZE = 32 * 1024**2
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_TIMEOUT = 60
# A seed must not vanish because its URL is long; hops are bounded by links/shortlinks.py.
URLLENGTH_LIMIT = 0
# Cookies belong to a session, and a media URL to the cookies of its own answer: no shared jar (docs/decisions.md).
COOKIES_ENABLED = False
REDIRECT_ENABLED = False
METAREFRESH_ENABLED = False
REFERER_ENABLED = False
# A proxy belongs to a session (fetch/middlewares/proxy.py), and its credentials into no header of ours.
HTTPPROXY_ENABLED = False
HTTPERROR_ALLOW_ALL = True
DOWNLOADER = "scraper.fetch.transport.downloader.PausingDownloader"
# More than all platforms and the media step may have open together: the engine itself never holds one back.
CONCURRENT_REQUESTS = 256
CONCURRENT_REQUESTS_PER_DOMAIN = 16
# The default of 100 starts 101 tasks a response and halves the rate (docs/decisions.md).
CONCURRENT_ITEMS = 4
DOWNLOAD_DELAY = 0
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 0.25
AUTOTHROTTLE_TARGET_CONCURRENCY = 4.0
AUTOTHROTTLE_MAX_DELAY = 30
REMOTE_CONTROL_ENABLED = False
TELNETCONSOLE_ENABLED = False
LOG_FORMATTER = "scraper.runtime.logformat.QuietFormatter"
DOWNLOADER_MIDDLEWARES = {
    "scraper.fetch.middlewares.hosts.HostsMiddleware": 50,
    "scraper.fetch.middlewares.session.SessionMiddleware": 100,
    # Off by COOKIES_ENABLED, but its import (tldextract, requests) would take a quarter of a second.
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
    # Ours knows Retry-After, pauses and budgets (fetch/backoff.py).
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "scraper.fetch.middlewares.retry.RetryMiddleware": 550,
    "scraper.fetch.middlewares.proxy.ProxyMiddleware": 560,
}
ENVELOPE_SHAPES = {
    "hybrid": "pipelines.shapes.hybrid",
    "raw": "pipelines.shapes.raw",
    "tikhub": "pipelines.shapes.tikhub",
    "twitterdown": "pipelines.shapes.twitterdown",
}
ITEM_PIPELINES = {
    "pipelines.media.MediaPipeline": 300,
    "pipelines.export.ExportPipeline": 900,
}
EXTENSIONS = {
    "scrapy.extensions.logstats.LogStats": None,
    "scrapy.extensions.telnet.TelnetConsole": None,
    "scraper.extensions.live.Live": 20,
    "scraper.extensions.recording.RecordingExtension": 0,
    "scraper.extensions.run_info.RunInfoExtension": 10,
    "scraper.extensions.exports.Exports": 20,
}

# What people set. Lists and mappings are for code, not for the environment. Commands report the faults of the file.
defaults = {name: value for name, value in globals().items() if name.isupper() and isinstance(value, str | int | float)}
defaults |= {name: row.default for name, row in SETTINGS.items()}
globals().update(defaults | read_values(defaults, os.environ, is_strict=False).values)

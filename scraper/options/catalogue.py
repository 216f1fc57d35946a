"""Every setting of the project, in groups; each row stands in the room that reads it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from scraper.exports.options import CSV_GUARD, REPORT, SUMMARY, TABLES
from scraper.fetch.browser import options as browser
from scraper.fetch.network.options import CA_FILE, PROXIES_FILE, PROXY
from scraper.fetch.sessions import options as sessions
from scraper.fetch.transport.options import LIMIT_RATE
from scraper.media import options as media
from scraper.media.libav.options import MEDIA_CONCURRENCY, VERIFY
from scraper.media.storage.options import ARCHIVE, FORCE, MIN_FREE, MISSING, NAME_TEMPLATE, OUTPUT_DIR
from scraper.model.policy import POLICY
from scraper.monitoring.options import ALERT_COMMAND, MONITOR_LIMITS, MONITORS
from scraper.runs.options import ENVELOPE, LEASE_SECONDS, LEDGER, OPEN_SEEDS, RAW, RETRY, SIDECAR
from scraper.text.setting import Setting, choice, path, switch

POLITE = switch("POLITE", True, "`0` drops the delays between requests, for your own servers and for tests")
LOG_LEVEL = choice(
    "LOG_LEVEL",
    "INFO",
    ("debug", "info", "warning", "error", "critical"),
    "the least important lines that the log has",
)
LOG_FILE = path("LOG_FILE", "the file of the log; without one it goes to standard error")
BILIBILI_WBI = switch(
    "BILIBILI_WBI", False, "signs queries to Bilibili's open APIs (WBI) instead of reading a page for each part"
)
TWITTER_COUNTERS = switch(
    "TWITTER_COUNTERS",
    False,
    "fetches the counters that X's embed leaves out from its GraphQL: one more request a post, on its own budget",
)

GROUPS: Final[Mapping[str, Sequence[Setting[Any]]]] = {
    "What is fetched": (*POLICY, VERIFY, BILIBILI_WBI, TWITTER_COUNTERS),
    "The run": (OUTPUT_DIR, RETRY, OPEN_SEEDS, POLITE, LEDGER, LEASE_SECONDS, LOG_LEVEL, LOG_FILE),
    "What is written": (ENVELOPE, RAW, SIDECAR, NAME_TEMPLATE, TABLES, SUMMARY, REPORT, CSV_GUARD),
    "What is done already": (ARCHIVE, MISSING, FORCE),
    "Media transfers": (
        MEDIA_CONCURRENCY,
        media.MEDIA_MAXSIZE,
        media.MEDIA_IDLE_TIMEOUT,
        media.MEDIA_MIN_SPEED,
        LIMIT_RATE,
        media.SHUTDOWN_GRACE,
        MIN_FREE,
    ),
    "Network": (PROXY, PROXIES_FILE, CA_FILE),
    "Sessions and cookies": (
        sessions.SESSION_DIR,
        sessions.COOKIES_DIR,
        sessions.SESSION_POOL,
        sessions.SESSION_USES,
        sessions.SESSION_AGE,
        sessions.SESSION_TRIES,
    ),
    "Browser": (
        browser.BROWSER_EXECUTABLE,
        browser.BROWSER_HEADLESS,
        browser.BROWSER_CDP,
        browser.BROWSER_TIMEOUT,
        browser.BROWSER_CONTEXTS,
        browser.CONTEXT_USES,
        browser.CONTEXT_MINUTES,
        browser.MINT_TIMEOUT,
        browser.PAGE_TIMEOUT,
    ),
    "Monitors": (MONITORS, MONITOR_LIMITS, ALERT_COMMAND),
}
SETTINGS: Final = {row.name: row for rows in GROUPS.values() for row in rows}

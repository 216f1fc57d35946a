"""The settings of sessions, read once and checked."""

from dataclasses import dataclass

from scrapy.settings import BaseSettings

from scraper.text.setting import folder, number

SESSION_DIR = folder(
    "SESSION_DIR",
    "~/.local/state/scraper/sessions",
    "the folder of guest sessions, which the next run uses again; only you can read it",
    computed="in `$XDG_STATE_HOME`, where that is set",
)
COOKIES_DIR = folder(
    "COOKIES_DIR", "config", "the folder of cookies of your own accounts, one file a service (`scrapy cookies`)"
)
SESSION_POOL = number(
    "SESSION_POOL", 1, "guests of a platform in use at once; another one is made only when all are busy", 1
)
SESSION_USES = number("SESSION_USES", 50_000, "requests after which a session is renewed", 1)
SESSION_AGE = number(
    "SESSION_AGE", 0, "seconds after which a session is renewed; `0` = the platform's own limit, which always holds"
)
SESSION_TRIES = number("SESSION_TRIES", 2, "how often a refused session is replaced for one seed")


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """The number of sessions of a platform, and the limits of their life."""

    pool: int
    """Guests of a platform that are used at once."""
    uses: int
    """Requests after which a session is renewed."""
    age: float
    """Seconds after which it is; 0 = as the platform's own rules say."""
    tries: int
    """Times a refused session is replaced for one seed."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "SessionOptions":
        """Read SESSION_POOL, SESSION_USES, SESSION_AGE and SESSION_TRIES."""
        return cls(
            pool=SESSION_POOL.read(settings),
            uses=SESSION_USES.read(settings),
            age=SESSION_AGE.read(settings),
            tries=SESSION_TRIES.read(settings),
        )

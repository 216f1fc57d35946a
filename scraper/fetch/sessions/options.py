"""The settings of sessions, read once and checked."""

from dataclasses import dataclass

from scrapy.settings import BaseSettings

from scraper.text.values import read_int


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """How many sessions a platform has, and for how long."""

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
            pool=read_int("SESSION_POOL", settings["SESSION_POOL"], 1),
            uses=read_int("SESSION_USES", settings["SESSION_USES"], 1),
            age=read_int("SESSION_AGE", settings["SESSION_AGE"], 0),
            tries=read_int("SESSION_TRIES", settings["SESSION_TRIES"], 0),
        )

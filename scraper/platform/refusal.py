"""The refusal of a session by a platform."""

from dataclasses import dataclass

from scraper.errors import Cause, ErrorCode, SeedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The reason of a refusal: code decides by *cause*; ``str`` returns the words, for messages and names of stats."""

    cause: Cause
    words: str
    code: str | None = None
    """The platform's own code, or the HTTP status of the refusal."""

    def __str__(self) -> str:
        return self.words

    def to_error(self, code: str | None = None) -> SeedError:
        """Return the error of a seed with this refusal; *code* is the platform's own, used if the refusal has none."""
        return SeedError(ErrorCode.CHALLENGE, raw_code=self.code or code, raw_message=self.words, cause=self.cause)

    @classmethod
    def of_status(cls, status: int) -> "Refusal":
        """Return the refusal that an HTTP status means."""
        cause = Cause.ADDRESS if status in (403, 412) else Cause.SESSION
        return cls(cause=cause, words=f"status {status}", code=str(status))


EMPTY = Refusal(cause=Cause.SIGNATURE, words="empty answer")
CAPTCHA = Refusal(cause=Cause.CAPTCHA, words="captcha")
"""A short answer whose code asks for a captcha."""

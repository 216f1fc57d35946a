"""Explain the refusal of a media server by the request. Pure; the caller passes the time."""

from datetime import datetime

from scraper.errors import MediaCause, MediaError
from scraper.model.post import Variant
from scraper.platform.cdn import CdnRule, missing_cookies
from scraper.posts.expiry import expires_at

_REFUSED = frozenset({401, 403, 410})
_GONE = frozenset({404, 410})


def explain(status: int, url: str, variant: Variant, rule: CdnRule | None, now: datetime) -> MediaError:
    """Return the error for *status* of *url*: the URL expired, a part of the recipe is missing, or the file is gone."""
    says = f"the server answered {status}"
    end = expires_at(url)
    if status in _REFUSED and end is not None and end <= now:
        return MediaError(MediaCause.EXPIRED_URL, f"{says}: the URL expired {(now - end).total_seconds():.0f} s ago")
    if status in _GONE:
        return MediaError(MediaCause.GONE, says)
    if status not in _REFUSED:
        return MediaError(MediaCause.NOT_MEDIA, says)
    return MediaError(MediaCause.FORBIDDEN, f"{says}: {_guess(variant, rule)}")


def _guess(variant: Variant, rule: CdnRule | None) -> str:
    if rule is None:
        return "the recipe of its host is unknown, a Referer may be missing"
    if missing := missing_cookies(rule, variant):
        return f"the answer with its URL did not set the cookie {', '.join(missing)}"
    if rule.referer is not None and "Referer" not in variant.headers:
        return "its Referer is missing"
    if rule.refusal is not None:
        return rule.refusal
    if rule.cookies:
        return f"it no longer accepts the cookie {', '.join(rule.cookies)}, or this network"
    return "its signature or this network is not accepted"

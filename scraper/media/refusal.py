"""Why a media server refused, as far as the request shows. Pure; the time is passed in."""

from datetime import datetime

from scraper.errors import MediaCause, MediaError
from scraper.model.post import Variant
from scraper.platform.cdn import CdnRule, missing_cookies
from scraper.posts.expiry import expires_at

_REFUSED = frozenset({401, 403, 410})
_GONE = frozenset({404, 410})


def explain(status: int, url: str, variant: Variant, rule: CdnRule | None, now: datetime) -> MediaError:
    """Return what the answer *status* to *url* means: the URL died, a part of the recipe was missing, or it is gone."""
    says = f"the server answered {status}"
    end = expires_at(url)
    if status in _REFUSED and end is not None and end <= now:
        return MediaError(MediaCause.EXPIRED_URL, f"{says}: the URL died {(now - end).total_seconds():.0f} s ago")
    if status in _GONE:
        return MediaError(MediaCause.GONE, says)
    if status not in _REFUSED:
        return MediaError(MediaCause.NOT_MEDIA, says)
    return MediaError(MediaCause.FORBIDDEN, f"{says}: {_guess(variant, rule)}")


def _guess(variant: Variant, rule: CdnRule | None) -> str:
    if rule is None:
        return "what its host wants to see is not known, a Referer may be missing"
    if missing := missing_cookies(rule, variant):
        return f"the answer with its URL did not set the cookie {', '.join(missing)}"
    if rule.referer is not None and "Referer" not in variant.headers:
        return "its Referer is missing"
    if rule.refusal is not None:
        return rule.refusal
    if rule.cookies:
        return f"it no longer believes the cookie {', '.join(rule.cookies)}, or this network"
    return "its signature or this network is not believed"

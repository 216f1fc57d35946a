"""What a media server wants to see: the recipe per host family (docs/platforms.md, "Request recipe")."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from scraper.model.post import Media, Post, Variant

POST_PAGE = "{post}"
"""A *referer* that stands for the post's own page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CdnRule:
    """The recipe for the hosts that match one of *hosts* (shell patterns, lower case)."""

    slot: str
    """Download slot: one per host family, so that its pace is its own."""
    hosts: tuple[str, ...]
    referer: str | None = None
    """None = send none, as some servers refuse a foreign one."""
    cookies: tuple[str, ...] = ()
    """Names, from the answer that carried the URL."""
    refusal: str | None = None
    """What a 403 means where the recipe was followed, if it means something of its own."""


def find_rule(rules: Iterable[CdnRule], url: str) -> CdnRule | None:
    """Return the first rule for the host of *url*."""
    host = (urlsplit(url).hostname or "").lower()
    return next((rule for rule in rules if any(fnmatchcase(host, pattern) for pattern in rule.hosts)), None)


def missing_cookies(rule: CdnRule, variant: Variant) -> list[str]:
    """Return the cookies that the answer with the URL of *variant* should have set."""
    return [name for name in rule.cookies if name not in variant.jar]


def add_headers(post: Post, rules: Iterable[CdnRule], jar: Mapping[str, str]) -> None:
    """Give every variant of *post* what its server wants; *jar* holds the cookies of the answer that named them."""
    add_media_headers(post.media, rules, post.url, jar)


def add_media_headers(media: Iterable[Media], rules: Iterable[CdnRule], page: str, jar: Mapping[str, str]) -> None:
    """Do the same for media whose post, shown on *page*, another answer describes."""
    rules = tuple(rules)
    for medium in media:
        for variant in medium.variants:
            _dress_variant(variant, find_rule(rules, variant.url), page, jar)


def _dress_variant(variant: Variant, rule: CdnRule | None, page: str, jar: Mapping[str, str]) -> None:
    if rule is None:
        return
    if rule.referer is not None:
        variant.headers["Referer"] = page if rule.referer == POST_PAGE else rule.referer
    variant.cookies = list(rule.cookies)
    variant.jar = {name: jar[name] for name in rule.cookies if name in jar}

"""Recipes for requests to media servers, one per family of hosts (docs/platforms.md, "Request recipe")."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from scraper.model.post import Media, Post, Variant

POST_PAGE = "{post}"
"""Placeholder: a *referer* with this value becomes the URL of the post's page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CdnRule:
    """The recipe for the hosts that match one of *hosts* (shell patterns, lower case)."""

    slot: str
    """Download slot: each family of hosts has its own pace."""
    hosts: tuple[str, ...]
    referer: str | None = None
    """None = send no Referer: some servers refuse a foreign one."""
    cookies: tuple[str, ...] = ()
    """Names of cookies, set by the answer that carried the URL."""
    refusal: str | None = None
    """The special meaning of a 403 although the request followed the recipe, if there is one."""


def find_rule(rules: Iterable[CdnRule], url: str) -> CdnRule | None:
    """Return the first rule for the host of *url*."""
    host = (urlsplit(url).hostname or "").lower()
    return next((rule for rule in rules if any(fnmatchcase(host, pattern) for pattern in rule.hosts)), None)


def missing_cookies(rule: CdnRule, variant: Variant) -> list[str]:
    """Return the cookies that the answer with the URL of *variant* should have set."""
    return [name for name in rule.cookies if name not in variant.jar]


def add_headers(post: Post, rules: Iterable[CdnRule], jar: Mapping[str, str]) -> None:
    """Add its server's headers and cookies to every variant of *post*; *jar* has the cookies of the answer."""
    add_media_headers(post.media, rules, post.url, jar)


def add_media_headers(media: Iterable[Media], rules: Iterable[CdnRule], page: str, jar: Mapping[str, str]) -> None:
    """Do the same for media of a post, shown on *page*, that another answer describes."""
    rules = tuple(rules)
    for medium in media:
        for variant in medium.variants:
            _apply_rule(variant, find_rule(rules, variant.url), page, jar)


def _apply_rule(variant: Variant, rule: CdnRule | None, page: str, jar: Mapping[str, str]) -> None:
    if rule is None:
        return
    if rule.referer is not None:
        variant.headers["Referer"] = page if rule.referer == POST_PAGE else rule.referer
    variant.cookies = list(rule.cookies)
    variant.jar = {name: jar[name] for name in rule.cookies if name in jar}

"""Limits of a post's audience, which X states beside its content."""

from scraper.errors import ErrorCode, SeedError
from scraper.posts.fields import Fields, join, peek, read_flag
from spiders.twitter.payload.layout import Layout

_COUNTRIES = "withheld_in_countries"


def read_restrictions(fields: Fields, layout: Layout) -> list[str]:
    """Return the limits of a post: sensitive, private, for subscribers, withheld in a country."""
    found = []
    if fields.get(read_flag, join(layout.body, "possibly_sensitive")):
        found.append("possibly_sensitive")
    if any(
        fields.get(read_flag, join(user, flag))
        for user in layout.user
        for flag in ("protected", "legacy.protected", "privacy.protected")
    ):
        found.append("private")
    if fields.child("exclusive_tweet_info"):
        found.append("subscribers_only")
    return found + [f"withheld:{country}" for country in find_countries(fields, layout)]


def find_countries(fields: Fields, layout: Layout) -> list[str]:
    """Return the codes of the countries in which X withholds the post or its author."""
    places = [join(layout.body, _COUNTRIES)]
    places += [join(user, part, _COUNTRIES) for user in layout.user for part in ("", "legacy")]
    lists = [value for place in places if isinstance(value := peek(fields.raw, place), list)]
    codes = dict.fromkeys(code for codes in lists for code in codes if isinstance(code, str))
    return [code for code in codes if len(code) == 2 and code.isascii() and code.isalpha()]


def refuse_withheld(fields: Fields, layout: Layout, text: str | None) -> None:
    """Raise SeedError for a post without media whose only text says that it is withheld."""
    countries = find_countries(fields, layout)
    if countries and (text is None or "withheld" in text.lower()):
        raise SeedError(ErrorCode.GEO_BLOCKED, raw_code="withheld:" + ",".join(countries), raw_message=text)

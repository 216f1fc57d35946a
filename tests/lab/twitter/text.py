"""The text of a post as the API writes it: escaped, with shortened links and a list of its entities."""

import html
import re
from dataclasses import dataclass
from typing import Any

from tests.lab.twitter.tweet import Tweet, make_code

_URL = re.compile(r"https?://\S+")
_TAG = re.compile(r"(?<![\w&])#(\w+)")
_MENTION = re.compile(r"(?<!\w)@(\w{1,15})")
_SYMBOL = re.compile(r"(?<!\w)\$([A-Z]{1,6})\b")
_LONGEST = 276


@dataclass(frozen=True, slots=True)
class Written:
    """A text with its entities."""

    full: str
    """The text with the mention of a reply before it and the link to the media after it."""
    shown: tuple[int, int]
    """Start and end of the author's own part."""
    entities: dict[str, list[dict[str, Any]]]
    media_link: str
    """The t.co link of the media; empty without media."""
    media_at: tuple[int, int]


def write(tweet: Tweet) -> Written:
    """Write the text of *tweet*; for a long one only its beginning."""
    text = tweet.data["text"]
    if "long" in tweet.data:
        text = text[:_LONGEST] + "…"
    if tweet.reposted is not None:
        text = f"RT @{tweet.reposted.author['handle']}: {tweet.reposted.data['text']}"
    lead = f"@{tweet.data['replies_to']['handle']} " if "replies_to" in tweet.data else ""
    own = lead + shorten(text)
    link = f"https://t.co/{make_code(tweet.id, 'media')}" if tweet.data.get("media") else ""
    full = f"{own} {link}".strip() if link else own
    media_at = (len(full) - len(link), len(full))
    return Written(full, (len(lead), len(own)), find_entities(own, text), link, media_at)


def shorten(text: str) -> str:
    """Return *text* escaped, with t.co links."""
    return _URL.sub(lambda found: _link(html.unescape(found[0])), html.escape(text, quote=False))


def find_links(text: str) -> dict[str, str]:
    """Return the t.co links of *text* and their targets."""
    return {_link(url): url for url in _URL.findall(text)}


def find_entities(written: str, text: str) -> dict[str, list[dict[str, Any]]]:
    """Return the entities that the API finds in *written*, which is *text* shortened."""
    links = find_links(text)
    urls = [
        {"display_url": display(links[found[0]]), "expanded_url": links[found[0]], "url": found[0], **_at(found)}
        for found in _URL.finditer(written)
    ]
    mentions = [
        {"id_str": str(1_700_000_000 + len(found[1])), "name": found[1].title(), "screen_name": found[1], **_at(found)}
        for found in _MENTION.finditer(written)
    ]
    return {
        "hashtags": [{**_at(found), "text": found[1]} for found in _TAG.finditer(written)],
        "symbols": [{**_at(found), "text": found[1]} for found in _SYMBOL.finditer(written)],
        "urls": urls,
        "user_mentions": mentions,
    }


def display(url: str) -> str:
    """Return *url* in its displayed form."""
    text = url.split("://")[1]
    return text if len(text) <= 26 else text[:26] + "…"


def _link(url: str) -> str:
    return f"https://t.co/{make_code(url)}"


def _at(found: re.Match[str]) -> dict[str, list[int]]:
    return {"indices": [found.start(), found.end()]}

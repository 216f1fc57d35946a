"""Refusals of the platform's APIs."""

import math
from typing import Any

from tests.lab.messages import Ask, Reply, json_reply, page

_PAUSE = 1


def gone(note: str) -> Reply:
    """Return 404 with an empty body."""
    return page("", 404, note)


def refuse(status: int, code: int, message: str, note: str = "") -> Reply:
    """Return an API error."""
    return json_reply({"errors": [{"code": code, "message": message}]}, status, note or message)


def limited(ask: Ask, reset: float | None = None) -> Reply:
    """Return 429; without *reset* the post is one that is always refused, and the limit lasts for a second."""
    until = math.ceil(ask.now + _PAUSE if reset is None else reset)
    reply = refuse(429, 88, "Rate limit exceeded", "rate limit")
    reply.headers += [("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", str(until))]
    return reply


def tombstone(text: str) -> dict[str, Any]:
    """Return the object that replaces a post."""
    start = len(text) + 1
    link = {
        "__typename": "TimelineUrl",
        "url": "https://help.twitter.com/rules-and-policies",
        "url_type": "ExternalUrl",
    }
    entity = {"from_index": start, "to_index": start + 10, "ref": link}
    said = {"text": f"{text} Learn more", "entities": [entity], "rtl": False}
    return {"__typename": "TweetTombstone", "tombstone": {"text": said}}

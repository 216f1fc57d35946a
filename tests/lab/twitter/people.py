"""An account in the forms of the platform: older, newer, and in embeds."""

import base64
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from tests.lab.twitter.cdn import IMAGE_HOST, Cdn
from tests.lab.twitter.pictures import Picture
from tests.lab.twitter.tweet import make_key

_SINCE = 1_400_000_000
_FALSE = ("is_blue_verified", "possibly_sensitive", "super_followed_by", "super_following", "follow_request_sent")


def put_avatar(author: Mapping[str, str], cdn: Cdn) -> None:
    """Register the profile picture of *author*."""
    cdn.put_picture(_stem(author), Picture(medium="avatar", modified=_SINCE))


def older_user(author: Mapping[str, str]) -> dict[str, Any]:
    """Return the user result with all fields under ``legacy``."""
    counts = _counts(author)
    legacy = {
        "created_at": api_time(_since(author)),
        "default_profile": True,
        "default_profile_image": False,
        "description": "Test cards, daily",
        "entities": {"description": {"urls": []}},
        "fast_followers_count": 0,
        **counts,
        "has_custom_timelines": False,
        "is_translator": False,
        "location": "",
        "name": author["name"],
        "normal_followers_count": counts["followers_count"],
        "pinned_tweet_ids_str": [],
        "possibly_sensitive": False,
        "profile_image_url_https": _image(author),
        "profile_interstitial_type": "",
        "screen_name": author["handle"],
        "translator_type": "none",
        "verified": False,
        "withheld_in_countries": [],
    }
    return {
        **_base(author),
        "affiliates_highlighted_label": {},
        "parody_commentary_fan_label": "None",
        "is_blue_verified": False,
        "profile_image_shape": "Circle",
        "legacy": legacy,
        "tipjar_settings": {},
    }


def newer_user(author: Mapping[str, str]) -> dict[str, Any]:
    """Return the user result with names under ``core`` and no ``legacy``."""
    counts = _counts(author)
    return {
        **_base(author),
        **dict.fromkeys(_FALSE, False),
        "action_counts": {"favorites_count": counts["favourites_count"]},
        "affiliates_highlighted_label": {},
        "avatar": {"image_url": _image(author)},
        "core": {"created_at": api_time(_since(author)), "name": author["name"], "screen_name": author["handle"]},
        "dm_permissions": {"can_dm": False},
        "location": {"location": ""},
        "media_permissions": {"can_media_tag": True},
        "privacy": {"protected": False},
        "profile_bio": {"description": "Test cards, daily", "entities": {"description": {}}},
        "profile_image_shape": "Circle",
        "profile_metadata": {"profile_interstitial_type": ""},
        "relationship_counts": {"followers": counts["followers_count"], "following": counts["friends_count"]},
        "relationship_perspectives": dict.fromkeys(("blocked_by", "blocking", "followed_by", "following"), False),
        "tipjar_settings": {"is_enabled": False},
        "tweet_counts": {"media_tweets": counts["media_count"], "tweets": counts["statuses_count"]},
        "verification": {"verified": False},
    }


def embedded_user(author: Mapping[str, str]) -> dict[str, Any]:
    """Return the user of the embed endpoint."""
    return {
        "id_str": author["id"],
        "name": author["name"],
        "profile_image_url_https": _image(author),
        "screen_name": author["handle"],
        "verified": False,
        "is_blue_verified": False,
        "profile_image_shape": "Circle",
    }


def api_time(seconds: float) -> str:
    """Return a time as the API writes it: ``Wed Oct 01 12:00:00 +0000 2025``."""
    day, date, month, year, clock, zone = format_datetime(datetime.fromtimestamp(seconds, UTC)).split()
    return f"{day.rstrip(',')} {month} {date} {clock} {zone} {year}"


def _base(author: Mapping[str, str]) -> dict[str, Any]:
    number = base64.b64encode(f"User:{author['id']}".encode()).decode()
    return {"__typename": "User", "id": number, "rest_id": author["id"]}


def _counts(author: Mapping[str, str]) -> dict[str, int]:
    base = zlib.crc32(author["handle"].encode()) % 100_000
    names = ("followers_count", "favourites_count", "statuses_count", "media_count", "friends_count", "listed_count")
    return {name: base // 3**n for n, name in enumerate(names)}


def _since(author: Mapping[str, str]) -> int:
    return _SINCE + zlib.crc32(author["id"].encode()) % 200_000_000


def _image(author: Mapping[str, str]) -> str:
    return f"https://{IMAGE_HOST}{_stem(author)}_normal.jpg"


def _stem(author: Mapping[str, str]) -> str:
    return f"/profile_images/{int(author['id']) + 4242}/{make_key(author['id'], 'avatar', length=8)}"

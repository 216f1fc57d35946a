"""Complete an app item with further values of the site's own item, under the app's names."""

from collections.abc import Mapping
from typing import Any

from scraper.posts.fields import peek

_EXTRAS = {  # path in the app's item -> paths in the web's
    "author.sec_uid": ("author.secUid",),
    "author.signature": ("author.signature",),
    "author.follower_count": ("authorStats.followerCount", "authorStatsV2.followerCount"),
    "author.following_count": ("authorStats.followingCount", "authorStatsV2.followingCount"),
    "author.aweme_count": ("authorStats.videoCount", "authorStatsV2.videoCount"),
    "music.is_original_sound": ("music.original",),
    "music.album": ("music.album",),
    "video.ratio": ("video.ratio",),
    "aigc_info.aigc_label_type": ("aigcLabelType",),
    "is_ads": ("isAd",),
    "region": ("locationCreated",),
}
_COUNTERS = frozenset({"follower_count", "following_count", "aweme_count"})


def complete(item: dict[str, Any], own: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return *item*, completed with values of *own* if that is the site's item; existing values are unchanged."""
    for place, sources in _EXTRAS.items():
        value = next((found for source in sources if (found := peek(own, source)) is not None), None)
        *path, name = place.split(".")
        if isinstance(value, str | int | bool):
            node = item
            for step in path:
                # an item without music has None there
                node[step] = node = dict(node.get(step) or {})
            if node.get(name) is None:
                node[name] = int(value) if name in _COUNTERS and str(value).isdecimal() else value
    return item

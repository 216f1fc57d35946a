"""Read the flattened ``photos`` and ``video`` of an embed's answer without a list of media."""

from collections.abc import Iterator

from scraper.posts.fields import Fields, peek, read_milliseconds, read_size
from spiders.twitter.payload.media import Shown, make_photo, make_still, make_video

PLACES = ("photos", "video")


def read_embed_media(fields: Fields) -> Iterator[Shown]:
    """Yield the media in ``photos`` and ``video``."""
    for photo in fields.children("photos"):
        size = photo.get(read_size, "width"), photo.get(read_size, "height")
        if (shown := make_photo(photo.urls("url"), size)) is not None:
            yield shown
    video = fields.child("video")
    if video and peek(video.raw, "variants"):
        medium = make_video(video.children("variants"), (None, None), is_gif=peek(video.raw, "contentType") == "gif")
        medium.duration = video.get(read_milliseconds, "durationMs")
        stills = video.urls("poster")
        yield Shown(medium, make_still(stills[0]) if stills else None)

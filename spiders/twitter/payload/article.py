"""The article behind a post: its title, its cover and the media between its paragraphs."""

from collections.abc import Iterator

from scraper.posts.fields import Fields, read_id, read_milliseconds, read_size, read_text
from spiders.twitter.payload.media import Shown, make_photo, make_still, make_video

BODY_LEFT_OUT = "article_body_left_out"
"""Warning: the text of the article is not part of the record."""
ARTICLE = "article.article_results.result"


def read_title(source: Fields) -> str | None:
    """Return the title of the article of the post *source*."""
    title = source.get(read_text, f"{ARTICLE}.title")
    return None if title is None else title.strip() or None


def read_article_media(source: Fields) -> Iterator[Shown]:
    """Yield cover and media of the article of the post *source*, each once."""
    article = source.child(ARTICLE)
    seen = set()
    cover = article.child("cover_media")
    for entry in [*([cover] if cover else []), *article.children("media_entities")]:
        key = entry.get(read_id, "media_id") or entry.at
        if key not in seen and (shown := _medium(entry.child("media_info"))) is not None:
            seen.add(key)
            yield shown


def _medium(info: Fields) -> Shown | None:
    form = info.get(read_text, "__typename")
    if form == "ApiImage":
        return make_photo(info.urls("original_img_url"), _size(info, "original_img_width", "original_img_height"))
    if form not in ("ApiVideo", "ApiGif"):
        return None
    still = "preview_image.original_img_"
    size = _size(info, f"{still}width", f"{still}height")
    medium = make_video(info.children("variants"), size, is_gif=form == "ApiGif")
    medium.duration = info.get(read_milliseconds, "duration_millis")
    urls = info.urls(f"{still}url")
    return Shown(medium, make_still(urls[0], size) if urls else None)


def _size(info: Fields, width: str, height: str) -> tuple[int | None, int | None]:
    return info.get(read_size, width), info.get(read_size, height)

"""Parse the oldest item and that of the embed page (``itemInfos`` beside ``authorInfos`` and ``musicInfos``)."""

from collections.abc import Mapping
from typing import Any

from scraper.model.post import Kind, Media, Role
from scraper.model.post import Post as Record
from scraper.posts.aweme_files import FileOffer, make_variant
from scraper.posts.fields import Fields, read_seconds, read_size, read_text
from scraper.posts.loaders import MusicLoader, PostLoader
from scraper.posts.offers import check_media, image_variant, make_audio, make_cover, make_image, number
from spiders.tiktok.payload.common import add_people, find_tags, keep_web, load_post

POST = {"id": "itemInfos.id", "text": "itemInfos.text", "created_at": "itemInfos.createTime"}
AUTHOR = {
    "id": ("authorInfos.userId", "itemInfos.authorId"),
    "handle": "authorInfos.uniqueId",
    "name": "authorInfos.nickName",
}
MUSIC = {"id": "musicInfos.musicId", "title": "musicInfos.musicName", "author": "musicInfos.authorName"}
STATS = {
    "plays": "itemInfos.playCount",
    "likes": "itemInfos.diggCount",
    "comments": "itemInfos.commentCount",
    "shares": "itemInfos.shareCount",
}


def parse_embed(raw: Mapping[str, Any], at: str) -> Record:
    """Turn the three objects into a Post."""
    fields = Fields(raw, at)
    photos = list(fields.children("itemInfos.imagePostInfo.displayImages"))
    loader = PostLoader(platform="tiktok", kind=Kind.IMAGE if photos else Kind.VIDEO)
    loader.add_paths(fields, POST)
    add_people(loader, fields, AUTHOR, STATS)
    sound = fields.urls("musicInfos.playUrl")
    if fields.child("musicInfos"):
        music = MusicLoader(url=next(iter(sound), None))
        music.add_paths(fields, MUSIC)
        loader.add_value("music", music.load_item())
    loader.add_value("hashtags", find_tags(fields.get(read_text, "itemInfos.text")))
    loader.add_value("cover", make_cover(fields, "itemInfos.covers", "itemInfos.coversOrigin"))
    found = [*map(_image, photos), make_audio(sound, None)] if photos else [_video(fields)]
    media = number(found, str(loader.get_output_value("id")))
    return load_post(loader, fields, media, check_media(fields, media, ("itemInfos",)))


def _image(photo: Fields) -> Media:
    urls = photo.urls("urlList")
    width, height = photo.get(read_size, "width"), photo.get(read_size, "height")
    return make_image([image_variant(urls, "imagePostInfo.displayImages")], width, height)


def _video(fields: Fields) -> Media:
    video = fields.child("itemInfos.video")
    width, height = video.get(read_size, "videoMeta.width"), video.get(read_size, "videoMeta.height")
    urls = keep_web(video.urls("urls"))
    offers = (
        [FileOffer(urls=urls, source="video.urls", watermark="unknown", width=width, height=height)] if urls else []
    )
    variants = [make_variant(offer, None) for offer in offers]
    duration = video.get(read_seconds, "videoMeta.duration")
    return Media(index=0, role=Role.VIDEO, duration=duration, width=width, height=height, variants=variants)

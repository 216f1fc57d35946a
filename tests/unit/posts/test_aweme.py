"""The item that the aweme sites share: read field by field, and made of any post for readers that know no other form."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from scraper.model.post import Author, Cover, File, Kind, Media, Music, Post, Role, Stats, Variant
from scraper.posts.aweme import (
    AUTHOR,
    LENGTH,
    POST,
    STATS,
    correct_size,
    is_item,
    is_item_without_id,
    read_address,
    read_cover,
    read_download,
    read_hashtags,
    read_music,
    read_plays,
    read_restrictions,
    read_subtitles,
)
from scraper.posts.aweme_files import FileOffer
from scraper.posts.aweme_form import to_aweme
from scraper.posts.fields import Fields, peek, read_milliseconds
from scraper.posts.loaders import AuthorLoader, MusicLoader, PostLoader, StatsLoader, bare_tag, unique

SITE = "https://a.example"
KEYS = ("desc", "create_time", "video", "image_post_info", "author", "statistics", "music", "text_extra")


@pytest.mark.parametrize("key", KEYS)
def test_an_item_is_known_by_its_id_and_two_keys(key: str) -> None:
    other = "desc" if key != "desc" else "video"
    assert is_item({"aweme_id": 1, key: 1, other: 1})
    assert not is_item({"aweme_id": 1, key: 1})
    assert not is_item({"aweme_id": 1, key: 1, other: 1, "cid": 1})
    assert not is_item({key: 1, other: 1, "x": 1, "y": 1})


@pytest.mark.parametrize(
    ("keys", "is_known"),
    [(KEYS, True), (KEYS[:4], False), (KEYS[1:6], True), (KEYS[2:6], False), ((*KEYS, "aweme_id"), False), (("desc", "create_time", "video", "music", "author"), False)],
)
def test_an_item_without_its_id_is_known_by_many_keys(keys: tuple[str, ...], is_known: bool) -> None:
    assert is_item_without_id(dict.fromkeys(keys)) is is_known


def placed(value: object, path: str) -> dict[str, Any]:
    """Return an object with *value* at *path*."""
    name, _, rest = path.partition(".")
    return {name: placed(value, rest) if rest else value}


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("statistics.play_count", "plays"),
        ("statistics.digg_count", "likes"),
        ("statistics.comment_count", "comments"),
        ("statistics.share_count", "shares"),
        ("statistics.collect_count", "saves"),
        ("statistics.repost_count", "reposts"),
    ],
)
def test_counters_have_their_places(path: str, field: str) -> None:
    loader = StatsLoader()
    loader.add_paths(placed(7, path), STATS)
    assert loader.load_item() == Stats(**{field: 7})


@pytest.mark.parametrize(("path", "field"), [("author.uid", "id"), ("author.unique_id", "handle"), ("author.nickname", "name")])
def test_an_author_has_its_places(path: str, field: str) -> None:
    loader = AuthorLoader()
    loader.add_paths(placed("7", path), AUTHOR)
    assert loader.load_item() == Author(**{field: "7"})


@pytest.mark.parametrize(
    ("path", "value", "field", "read"),
    [
        ("statistics.aweme_id", "8", "id", "8"),
        ("desc", "text", "text", "text"),
        ("create_time", 1_000_000_000, "created_at", datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC)),
        ("share_url", f"{SITE}/1", "share_url", f"{SITE}/1"),
        ("share_info.share_url", f"{SITE}/2", "share_url", f"{SITE}/2"),
    ],
)
def test_a_post_has_its_places(path: str, value: object, field: str, read: object) -> None:
    loader = PostLoader(platform="x", kind=Kind.VIDEO, url=SITE)
    loader.add_paths({"statistics": {"aweme_id": "7"}} | placed(value, path), POST)
    assert getattr(loader.load_item(), field) == read
    both = PostLoader(platform="x", kind=Kind.VIDEO, url=SITE)
    both.add_paths({"aweme_id": 9, "statistics": {"aweme_id": "7"}}, POST)
    assert both.load_item().id == "9"


def test_lengths_are_in_milliseconds() -> None:
    assert [Fields(raw).get(read_milliseconds, *LENGTH) for raw in ({"video": {"duration": 1500}, "duration": 9}, {"duration": 900})] == [1.5, 0.9]


def test_tags_and_lists_come_once() -> None:
    assert [bare_tag(tag) for tag in (" # a ", "＃＃b", "~c#", "#", " ")] == ["a", "b", "~c#", None, None]
    assert unique([2, 1, 2]) == [2, 1]


URLS = [f"{SITE}/1", f"{SITE}/2"]


@pytest.mark.parametrize(
    ("raw", "music", "urls"),
    [
        ({}, None, []),
        ({"id_str": "1", "mid": "2", "id": 3, "title": "t", "author": "a", "owner_nickname": "o", "duration": 9}, Music(id="1", title="t", author="a", duration=9.0), []),
        ({"mid": "2", "id": 3, "owner_nickname": "o"}, Music(id="2", author="o"), []),
        ({"id": 3, "play_url": {"uri": SITE, "url_list": URLS}}, Music(id="3", url=URLS[0]), URLS),
        ({"play_url": {"uri": f"{SITE}/3", "url_list": []}}, Music(url=f"{SITE}/3"), [f"{SITE}/3"]),
        ({"play_url": {"uri": "key"}, "title": "t"}, Music(title="t"), []),
        ({"play_url": URLS[1]}, Music(url=URLS[1]), [URLS[1]]),
    ],
)
def test_music(raw: dict[str, Any], music: Music | None, urls: list[str]) -> None:
    fields = Fields({"music": raw})
    assert read_music(fields) == (music, urls)
    assert fields.odd == []
    assert MusicLoader().load_item() == Music()


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        ({"text_extra": [{"hashtag_name": "a"}, {"user": 1}, {"hashtag_name": ""}, {"hashtag_name": "b"}], "cha_list": [{"cha_name": "c"}]}, ["a", "b"]),
        ({"text_extra": [{"user": 1}], "cha_list": [{"cha_name": "c"}, {"x": 1}, {"cha_name": "d"}]}, ["c", "d"]),
        ({"cha_list": {"cha_name": "c"}}, ["c"]),
        ({}, []),
    ],
)
def test_hashtags(raw: dict[str, Any], names: list[str]) -> None:
    fields = Fields(raw)
    assert read_hashtags(fields) == names
    assert fields.odd == []


@pytest.mark.parametrize(
    ("video", "cover"),
    [
        ({"cover": {"url_list": URLS, "width": 1, "height": 2}, "origin_cover": {"url_list": [SITE]}}, Cover(url=URLS[0], width=1, height=2)),
        ({"cover": {"url_list": []}, "origin_cover": {"url_list": URLS[1:]}}, Cover(url=URLS[1])),
        ({"dynamic_cover": {"url_list": URLS, "width": 720, "height": 720}}, Cover(url=URLS[0])),
        ({"dynamic_cover": {"url_list": URLS, "width": 720, "height": 721}}, Cover(url=URLS[0], width=720, height=721)),
        ({}, None),
    ],
)
def test_a_cover(video: dict[str, Any], cover: Cover | None) -> None:
    assert read_cover(Fields({"video": video})) == cover


@pytest.mark.parametrize(("status", "found"), [(1, ["private"]), (2, ["friends_only"]), (0, []), (3, []), (None, [])])
def test_privacy(status: int | None, found: list[str]) -> None:
    assert read_restrictions(Fields({"status": {"private_status": status}})) == found


LEADS = "https://0.example/aweme/v1/play/?x"
ADDRESS = {"url_list": [LEADS, *URLS], "url_key": "k", "width": 1, "height": 2, "data_size": 3}
OFFER = FileOffer(urls=[*URLS, LEADS], source="s", key="k", width=1, height=2, bytes=3)


def test_an_address_names_media_servers_first() -> None:
    assert read_address(Fields({"a": ADDRESS}), "a", "s") == OFFER
    assert read_address(Fields({}), "a", "s") == FileOffer(urls=[], source="s")


def test_all_files_to_play_are_offered() -> None:
    rates = [
        {"play_addr": {"url_list": [f"{SITE}/3"]}, "is_bytevc1": 1, "FPS": 30, "bit_rate": 9, "format": "dash"},
        {"play_addr": {"url_list": [f"{SITE}/4"]}, "is_h265": 0, "fps": 0, "format": "mp4"},
        {"play_addr": {"url_list": [f"{SITE}/5"]}, "is_bytevc1": 2, "fps": 25},
        {"play_addr": {"url_list": [f"{SITE}/6"]}, "is_bytevc1": 9},
        {"play_addr": {"url_list": []}},
    ]
    extras = {name: {"url_list": [f"{SITE}/{name}"]} for name in ("play_addr_h264", "play_addr_bytevc1", "play_addr_265", "download_no_watermark_addr")}
    found = read_plays(Fields({"play_addr": ADDRESS, "bit_rate": rates, **extras}), "v")
    assert found == [
        replace(OFFER, source="v.play_addr"),
        FileOffer(urls=[f"{SITE}/3"], source="v.bit_rate", codec="bytevc1", fps=30.0, bitrate=9, has_audio=False),
        FileOffer(urls=[f"{SITE}/4"], source="v.bit_rate", codec="h264"),
        FileOffer(urls=[f"{SITE}/5"], source="v.bit_rate", codec="bytevc2", fps=25.0),
        FileOffer(urls=[f"{SITE}/6"], source="v.bit_rate"),
        *(FileOffer(urls=[f"{SITE}/{name}"], source=f"v.{name}") for name in extras),
    ]
    again = read_plays(Fields({"play_addr": ADDRESS, "play_addr_h264": ADDRESS, "play_addr_265": {"url_list": []}}))
    assert [offer.source for offer in again] == ["video.play_addr"]


@pytest.mark.parametrize(("flag", "watermark"), [(None, "unknown"), (1, True), (False, False)])
def test_the_file_for_sharing_may_have_a_watermark(flag: object, watermark: Any) -> None:
    video = Fields({"download_addr": ADDRESS, "has_watermark": flag})
    assert read_download(video, "v") == [replace(OFFER, source="v.download_addr", watermark=watermark)]
    assert read_download(video)[0].source == "video.download_addr"
    assert read_download(Fields({"has_watermark": flag})) == []


@pytest.mark.parametrize(
    ("source", "size", "corrected"),
    [
        ("video.play_addr", (720, 720), (3, 4)),
        ("video.download_addr", (720, 720), (3, 4)),
        ("video.bit_rate", (720, 720), (None, None)),
        ("video.play_addr", (720, 1280), (720, 1280)),
    ],
)
def test_the_size_of_every_address_is_none(source: str, size: tuple[int, int], corrected: tuple[int | None, int | None]) -> None:
    offer = FileOffer(urls=[SITE], source=source, width=size[0], height=size[1])
    correct_size(offer, 4, 4)
    assert (offer.width, offer.height) == size
    correct_size(offer, 3, 4)
    assert (offer.width, offer.height) == corrected


def test_subtitles_have_a_language_and_a_form() -> None:
    infos = [{"url": f"{SITE}/0", "url_list": URLS, "lang": "en", "language_code": "x", "caption_format": "srt"}, {"url_list": URLS[1:], "language_code": "de"}, {"lang": "fr"}]
    first, second, third = read_subtitles(Fields({"cla_info": {"caption_infos": infos}}))
    assert first is not None
    assert second is not None
    assert third is None
    assert [(one.language, one.variants[0].url, one.variants[0].codec, one.variants[0].backup_urls) for one in (first, second)] == [
        ("en", f"{SITE}/0", "srt", URLS),
        ("de", URLS[1], None, []),
    ]


CLEAN = Variant(url=f"{SITE}/c", backup_urls=[f"{SITE}/b"], watermark=False, codec="hevc", width=3, height=4, bytes=5, durable="d", bitrate=6, fps=30.0, quality="540p")
MARKED = Variant(url=f"{SITE}/m", watermark=True)
ADDRESS_OF_CLEAN = {"uri": "d", "url_list": [f"{SITE}/c", f"{SITE}/b"], "width": 3, "height": 4, "data_size": 5}
ADDRESS_OF_MARKED = {"uri": None, "url_list": [f"{SITE}/m"], "width": None, "height": None, "data_size": None}


def post(*media: Media, kind: Kind = Kind.VIDEO, **values: Any) -> Post:
    return Post(platform="x", id="7", kind=kind, url=f"{SITE}/7", media=list(media), **values)


def test_a_post_as_an_item() -> None:
    video = Media(index=1, role=Role.VIDEO, duration=1.5, width=3, height=4, variants=[MARKED, CLEAN])
    whole = post(
        Media(index=1, role=Role.AUDIO, variants=[MARKED]), video,
        created_at=datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC), text="text", title="title", share_url=f"{SITE}/s", author=Author(id="1", handle="h", name="n"),
        music=Music(id="2", title="t", author="a", duration=9.0, url=f"{SITE}/s.mp3"), cover=Cover(url=f"{SITE}/i", width=1, height=2),
        stats=Stats(plays=1, likes=2, comments=3, shares=4, saves=5, reposts=6), hashtags=["a"],
    )  # fmt: skip
    assert to_aweme(whole) == {
        "aweme_id": "7", "aweme_type": 0, "desc": "text", "create_time": 1_000_000_000, "share_url": f"{SITE}/s",
        "author": {"uid": "1", "unique_id": "h", "nickname": "n"},
        "music": {"id_str": "2", "title": "t", "author": "a", "owner_nickname": "a", "duration": 9.0, "play_url": {"uri": f"{SITE}/s.mp3", "url_list": [f"{SITE}/s.mp3"]}},
        "statistics": {"aweme_id": "7", "play_count": 1, "digg_count": 2, "comment_count": 3, "share_count": 4, "collect_count": 5, "repost_count": 6},
        "text_extra": [{"hashtag_name": "a", "type": 1}],
        "video": {
            "duration": 1500, "width": 3, "height": 4, "cover": {"url_list": [f"{SITE}/i"], "width": 1, "height": 2}, "has_watermark": True,
            "play_addr": ADDRESS_OF_CLEAN, "download_addr": ADDRESS_OF_MARKED,
            "bit_rate": [{"bit_rate": 6, "FPS": 30.0, "is_bytevc1": 1, "gear_name": "540p", "play_addr": ADDRESS_OF_CLEAN}],
        },
    }  # fmt: skip


def test_a_post_with_little_as_an_item() -> None:
    item = to_aweme(post(Media(index=1, role=Role.VIDEO, variants=[MARKED]), title="title", music=Music()))
    assert (item["desc"], item["share_url"], item["create_time"], "image_post_info" in item) == ("title", f"{SITE}/7", None, False)
    assert item["music"]["play_url"] == {"uri": None, "url_list": []}
    assert item["video"] == {
        "duration": None, "width": None, "height": None, "has_watermark": True, "play_addr": ADDRESS_OF_MARKED, "download_addr": ADDRESS_OF_MARKED, "bit_rate": [],
    }  # fmt: skip
    plain = to_aweme(post(Media(index=1, role=Role.VIDEO, variants=[replace(CLEAN, codec="h264")]), text=""))
    assert (plain["desc"], plain["music"]) == ("", None)
    assert (plain["video"]["has_watermark"], plain["video"]["download_addr"], plain["video"]["bit_rate"][0]["is_bytevc1"]) == (False, None, 0)


def test_pictures_as_an_item() -> None:
    images = [Media(index=1, role=Role.IMAGE, variants=[MARKED, CLEAN]), Media(index=2, role=Role.IMAGE), Media(index=3, role=Role.COVER, variants=[CLEAN])]
    item = to_aweme(post(*images, kind=Kind.IMAGE, cover=Cover(url=f"{SITE}/i")))
    assert (item["aweme_type"], item["video"]) == (150, {"duration": 0, "cover": {"url_list": [f"{SITE}/i"], "width": None, "height": None}})
    assert item["image_post_info"] == {"images": [{"display_image": ADDRESS_OF_CLEAN, "owner_watermark_image": ADDRESS_OF_MARKED}]}


def test_an_item_of_the_platform_s_own_is_kept() -> None:
    own = dict.fromkeys(KEYS, 1)
    assert to_aweme(post(), own) == {**own, "aweme_id": "7"}
    assert to_aweme(post(), {**own, "aweme_id": 9, "more": 1}) == {**own, "more": 1, "aweme_id": "7"}
    assert to_aweme(post(), {"desc": 1})["desc"] is None
    assert peek(to_aweme(post(media_of_no_use())), "video.duration") == 0


def media_of_no_use() -> Media:
    return Media(index=1, role=Role.AUDIO, files=[File(variant=0, path="x", bytes=1, sha256="0" * 64)])

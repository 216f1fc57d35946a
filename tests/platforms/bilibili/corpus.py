"""The columns of the corpus index in Bilibili's records."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from scraper.model.post import Media, Part, Post, Role, Variant
from scraper.posts.answer import Answer
from spiders.bilibili.ids import to_aid
from spiders.bilibili.payload.quality import MISSING, codec_of, name_of

COUNT = 28
"""Rows of the index."""

_PLAYS = frozenset({"pgc-playurl", "playinfo-json", "playurl-dash", "playurl-durl", "pugv-playurl", "page-video"})


def _https(url: str) -> str:
    return "https" + url[4:] if url.startswith("http:") else url


def _file(url: str) -> str:
    """Return the name of a file, the same for all its mirrors, whose order is our own choice."""
    return urlsplit(url).path.rpartition("/")[2]


def _of(answer: Answer, role: Role) -> list[Media]:
    found = answer.fragment.media if answer.fragment is not None else answer.posts[0].media
    return [medium for medium in found or () if medium.role is role]


def _variants(answer: Answer, role: Role) -> list[Variant]:
    return [variant for medium in _of(answer, role) for variant in medium.variants]


def _stream(variant: Variant) -> list[Any]:
    return [variant.quality, variant.width, variant.height, variant.codec, variant.bitrate]


def _wanted_stream(stream: Mapping[str, Any]) -> list[Any]:
    codec = codec_of(stream["codecs"], None)
    return [name_of(stream["qn"]), stream.get("width"), stream.get("height"), codec, stream["bandwidth"]]


def _qualities(answer: Answer) -> list[str | None]:
    """Return the names of all qualities, delivered or named as missing."""
    warnings = answer.fragment.warnings if answer.fragment is not None else answer.posts[0].warnings
    missing = [word.partition(":")[2].split(",") for word in warnings if word.startswith(MISSING)]
    delivered = [variant.quality for variant in _variants(answer, Role.VIDEO)]
    return sorted({*delivered, *(name for names in missing for name in names)}, key=str)


def _segments(answer: Answer) -> list[list[Any]]:
    [medium] = _of(answer, Role.VIDEO)
    [variant] = medium.variants
    if variant.segments:
        return [[piece.url, piece.bytes, round((piece.duration or 0) * 1000)] for piece in variant.segments]
    return [[variant.url, variant.bytes, round((medium.duration or 0) * 1000)]]


def _parts(parts: list[Part] | None) -> list[list[Any]]:
    return [[part["cid"], part["page"], part["title"], part["duration"]] for part in parts or ()]


def _wanted_part(part: Mapping[str, Any]) -> list[Any]:
    return [str(part["cid"]), part["page"], part.get("title"), part["duration_s"]]


def _episode(post: Post) -> list[Any]:
    [part] = post.parts
    return [post.id, to_aid(str(part["bvid"])), part["cid"], post.title, part["duration"]]


def _wanted_episode(episode: Mapping[str, Any]) -> list[Any]:
    title = " ".join(filter(None, (episode["title"], episode.get("long_title"))))
    duration = episode["duration_ms"] / 1000 if "duration_ms" in episode else None
    return [f"ep{episode['ep_id']}", episode["aid"], str(episode["cid"]), title, duration]


OF_POST: dict[str, Callable[[Post], Any]] = {
    "aid": lambda post: to_aid(post.id),
    "cid": lambda post: int(str(post.parts[0]["cid"])),
    "title": lambda post: post.title,
    "plays": lambda post: post.stats.plays,
    "tags": lambda post: post.hashtags,
    "cover_url": lambda post: post.cover and post.cover.url,
    "duration_s": lambda post: sum(float(part["duration"] or 0) for part in post.parts),
    "width": lambda post: post.parts[0]["width"],
    "height": lambda post: post.parts[0]["height"],
    "rotate": lambda post: post.parts[0]["rotate"],
    "duration_ms": lambda post: round((post.media[0].duration or 0) * 1000),
}
OF_ANSWER: dict[str, Callable[[Answer], Any]] = {
    "n_parts": lambda answer: len(_all_parts(answer)),
    "parts": lambda answer: _parts(_all_parts(answer)),
    "part_sizes": lambda answer: [[part["width"], part["height"]] for part in _all_parts(answer)],
    "mode": lambda answer: "dash" if _of(answer, Role.AUDIO) else "durl",
    "duration_ms": lambda answer: round((_of(answer, Role.VIDEO)[0].duration or 0) * 1000),
    "accept_quality": _qualities,
    "quality": lambda answer: _variants(answer, Role.VIDEO)[0].quality,
    "videos": lambda answer: [_stream(variant) for variant in _variants(answer, Role.VIDEO)],
    "audios": lambda answer: [_stream(variant) for variant in _variants(answer, Role.AUDIO)],
    "first_video_url": lambda answer: _file(_variants(answer, Role.VIDEO)[0].url),
    "first_audio_url": lambda answer: _file(_variants(answer, Role.AUDIO)[0].url),
    "segments": _segments,
    "player": lambda answer: answer.fragment and [answer.fragment.post_id, answer.fragment.part_id],
    "n_subtitles": lambda answer: len(_of(answer, Role.SUBTITLE)),
    "n_view_points": lambda answer: answer.fragment and len(answer.fragment.chapters or ()),
    "list_id": lambda answer: answer.page and answer.page.id,
    "list_title": lambda answer: answer.page and answer.page.title,
    "leads_to": lambda answer: answer.leads_to,
    "episodes_first": lambda answer: [_episode(post) for post in answer.posts[:3]],
}
POST_AT: dict[str, Callable[[Answer], Post]] = {}
NOT_IN_A_RECORD: dict[str, str] = {
    "claimed_quality": "what was asked for; with dash all streams have qualities of their own",
    "format": "name of a container of old, also where another one is delivered",
    "dash_duration_s": "duration_ms, rounded up",
    "duration_text": "an entry of a list has no media, and nothing else has a length",
    **dict.fromkeys(("in_collection", "collection_title", "n_related"), "what is shown beside the post"),
    "n_extra_sections": "trailers and the like, no episodes",
    "season_plays": "counted for the season, not for an episode",
}


def _all_parts(answer: Answer) -> list[Part]:
    return (answer.fragment.parts or []) if answer.fragment is not None else answer.posts[0].parts


def expected_of(row: dict[str, Any]) -> dict[str, Any]:
    """Return the index's values for a row, with one name per thing and our words for its values."""
    expected = dict(row["expected"])
    expected |= expected.pop("play", {})
    if row["kind"] in _PLAYS:
        _rewrite_play(expected)
    if "cover_url" in expected:
        expected["cover_url"] = _https(expected["cover_url"])
    if "parts" in expected:
        sizes = [[part["width"], part["height"]] for part in expected["parts"] if "width" in part]
        expected |= {"part_sizes": sizes} if sizes else {}
        expected["parts"] = [_wanted_part(part) for part in expected["parts"]]
    if row["kind"] == "player-v2":
        expected["player"] = [expected.pop("id"), str(expected.pop("cid"))]
        assert expected.pop("aid") == to_aid(expected["player"][0])
    if "page" in expected:
        page = expected.pop("page")
        expected |= {"cursor": page["pn"] + 1, "has_more": page["pn"] * page["ps"] < page["count"]}
    return _rewrite_season(expected, row["kind"]) if row["kind"].startswith("pgc-") else expected


def _rewrite_play(expected: dict[str, Any]) -> None:
    quality, is_dash = expected.pop("quality"), expected["mode"] == "dash"
    expected["claimed_quality" if is_dash else "quality"] = name_of(quality)
    offered = [number for number in expected["accept_quality"] if is_dash or number >= quality]
    expected["accept_quality"] = sorted({name_of(number) for number in offered}, key=str)
    for name in ("videos", "audios"):
        if name in expected:
            expected[name] = [_wanted_stream(stream) for stream in expected[name]]
    for name in ("first_video_url", "first_audio_url"):
        if name in expected:
            expected[name] = _file(expected[name])
    if "segments" in expected:
        pieces = sorted(expected["segments"], key=lambda piece: int(piece["order"]))
        expected["segments"] = [[piece["url"], piece["size"], piece["length_ms"]] for piece in pieces]


def _rewrite_season(expected: dict[str, Any], kind: str) -> dict[str, Any]:
    if kind == "pgc-media":
        season = f"https://www.bilibili.com/bangumi/play/ss{expected['season_id']}"
        media = f"md{expected['media_id']}"
        return {"n_items": 0, "list_id": media, "list_title": expected["title"], "leads_to": season}
    if "n_episodes" in expected:
        expected["n_items"] = expected.pop("n_episodes")
        expected["episodes_first"] = [_wanted_episode(episode) for episode in expected["episodes_first"]]
    if kind == "pgc-season":
        expected["list_id"], expected["list_title"] = f"ss{expected.pop('id')}", expected.pop("title")
        expected["season_plays"] = expected.pop("plays")
        assert expected.pop("media_id")
    return expected


def end_of(row: dict[str, Any]) -> tuple[str, str | None, str | None] | None:
    """Return the expected outcome of the answer, None if it has posts."""
    if row["kind"] == "nav":
        return "unsupported_kind", None, None
    error = row["expected"].get("error")
    if error is None:
        return None
    if error.get("kind") == "risk_control":
        return "challenge", str(error["code"]), "v_voucher"
    return {-404: "removed"}[error["code"]], str(error["code"]), error["message"]

"""Turn any answer of TikTok into posts, or raise the reason for none."""

from collections.abc import Mapping
from typing import Any

from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.posts.answer import Page
from scraper.posts.fields import join, peek, type_name
from scraper.posts.finder import find_posts
from scraper.posts.reader import PageReader
from scraper.text.unicode import clean_text
from spiders.tiktok.payload.app_item import parse_aweme
from spiders.tiktok.payload.embed_item import parse_embed
from spiders.tiktok.payload.outcome import VERDICTS, find_challenge
from spiders.tiktok.payload.recognise import LOOK, Found, Raw, TikTokFormat
from spiders.tiktok.payload.resellers import parse_flat, parse_oembed
from spiders.tiktok.payload.web_item import parse_item

SCRIPTS = (
    "__UNIVERSAL_DATA_FOR_REHYDRATION__",
    "SIGI_STATE",
    "sigi-persisted-data",
    "api-data",
    "__NEXT_DATA__",
    "__FRONTITY_CONNECT_STATE__",
)
SCOPE = "__DEFAULT_SCOPE__"
POST_SCOPES = ("webapp.video-detail", "webapp.reflow.video.detail")
USER_SCOPE = "webapp.user-detail"


class TikTokReader(PageReader[TikTokFormat]):
    """Reads pages of all ages, answers of the app, and those of resellers."""

    look = LOOK
    post_at = "itemInfo.itemStruct"
    id_at = "id"
    parsers = {
        TikTokFormat.WEB: parse_item,
        TikTokFormat.APP: parse_aweme,
        TikTokFormat.FLAT: parse_flat,
        TikTokFormat.OEMBED: parse_oembed,
        TikTokFormat.EMBED: parse_embed,
    }
    scripts = SCRIPTS
    assigned = ("SIGI_STATE", "__INIT_PROPS__", "__UNIVERSAL_DATA_FOR_REHYDRATION__")
    named = {SCOPE: SCOPE, "itemInfo": "itemInfo.itemStruct", "aweme_detail": "aweme_detail"}
    no_posts = {
        "comments": "a list of comments",
        "segments": "a creator's figures",
        "user_list": "a list of users",
        "userList": "a list of users",
        "challengeInfo": "a hashtag",
        "ch_info": "a hashtag",
        "musicInfo": "a sound",
        "music_info": "a sound",
        "LiveRoomInfo": "a live room",
        "liveRoom": "a live room",
    }

    def find_challenge(self, text: str) -> SeedError | None:
        """Return the error for a captcha, or for any other refusal of the client."""
        return find_challenge(text)

    def find_in_state(self, data: object) -> Found | None:
        """Return the posts of a page's scopes."""
        scope = peek(data, SCOPE)
        return _find_in_scope(scope) if isinstance(scope, dict) else None

    def find_outcome(self, data: object) -> SeedError | None:
        """Return the outcome by its code, or as an old page states it."""
        return VERDICTS.find(data) or _find_sigi_outcome(data)

    def find_page(self, data: object) -> Page | None:
        """Return the page of an empty list, or of a profile, whose posts another answer has."""
        return super().find_page(data) or _find_profile(data)


_READER = TikTokReader()
parse_answer, parse_post, find_own = _READER.parse_answer, _READER.parse_post, _READER.find_own


def _find_in_scope(scope: Mapping[str, Any]) -> Found:
    """Return the posts of the page's own state: the post, the profile's posts, or any objects in the shape of posts."""
    names = [name for name in POST_SCOPES if name in scope]
    names += [name for name in scope if name not in names and "video" in name and name.endswith("detail")]
    if names:
        return _find_in_detail(scope[names[0]], join(SCOPE, clean_text(names[0])))
    user = scope.get(USER_SCOPE)
    if (found := find_posts(LOOK, user or dict(scope), join(SCOPE, USER_SCOPE if user else ""))) is not None:
        return found
    if isinstance(user, dict):
        return Found([], _read_profile(user))
    canonical = peek(scope, ("seo.abtest", "canonical"))
    if isinstance(canonical, str) and canonical.partition("?")[0].rstrip("/").endswith("tiktok.com/login"):
        raise SeedError(ErrorCode.LOGIN_REQUIRED, raw_message=clean_text(canonical)[:200])
    raise PayloadError(join(SCOPE, POST_SCOPES[0]), f"expected dict, got {type_name(user)}")


def _find_in_detail(detail: object, at: str) -> Found:
    if not isinstance(detail, dict):
        raise PayloadError(at, f"expected dict, got {type_name(detail)}")
    item = peek(detail, "itemInfo.itemStruct")
    if isinstance(item, dict) and item:
        return Found([Raw(TikTokFormat.WEB, item, join(at, "itemInfo.itemStruct"))])
    if (outcome := VERDICTS.of(detail)) is not None:
        raise outcome
    info = detail.get("itemInfo")
    if isinstance(info, dict):
        raise PayloadError(join(at, "itemInfo.itemStruct"), f"expected dict, got {type_name(item)}")
    raise PayloadError(join(at, "itemInfo"), f"expected dict, got {type_name(info)}")


def _find_sigi_outcome(data: object) -> SeedError | None:
    """Return the outcome that an old page states for its post, user or sound."""
    pages = ("VideoPage", "UserPage", "MusicPage", "ChallengePage", "props.pageProps")
    return next((error for page in pages if (error := VERDICTS.of(peek(data, page))) is not None), None)


def _find_profile(data: object) -> Page | None:
    for place in ("userInfo", "UserModule", "data.userInfo"):
        if isinstance(peek(data, place), dict):
            return Page(n_items=0)
    return None


def _read_profile(user: Mapping[str, Any]) -> Page:
    """Return the empty page of a profile, whose posts another answer has; raise SeedError for one without posts."""
    outcome = VERDICTS.of(user)
    count = peek(user, "userInfo.stats.videoCount")
    shows_posts = isinstance(count, int) and count > 0
    if outcome is not None and not (outcome.code is ErrorCode.PRIVATE and shows_posts):
        raise outcome
    return Page(n_items=0)

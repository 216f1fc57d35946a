"""Any answer of TikTok -> posts, or why there is none."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.model.post import Post
from scraper.platform.refusal import CAPTCHA
from scraper.posts.answer import Answer, Page, collect
from scraper.posts.fields import join, peek, type_name
from scraper.posts.finder import choose, find_empty, find_posts, pick
from scraper.posts.states import find_in_answer
from scraper.posts.verdicts import find_other
from scraper.text.unicode import clean_text
from spiders.tiktok.payload.app_item import parse_aweme
from spiders.tiktok.payload.embed_item import parse_embed
from spiders.tiktok.payload.outcome import VERDICTS, find_refusal
from spiders.tiktok.payload.recognise import LOOK, Found, ItemFormat, Raw
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
ASSIGNED = ("SIGI_STATE", "__INIT_PROPS__", "__UNIVERSAL_DATA_FOR_REHYDRATION__")
SCOPE = "__DEFAULT_SCOPE__"
POST_SCOPES = ("webapp.video-detail", "webapp.reflow.video.detail")
USER_SCOPE = "webapp.user-detail"
_PARSERS: dict[ItemFormat, Callable[[Mapping[str, Any], str], Post]] = {
    ItemFormat.WEB: parse_item,
    ItemFormat.APP: parse_aweme,
    ItemFormat.FLAT: parse_flat,
    ItemFormat.OEMBED: parse_oembed,
    ItemFormat.EMBED: parse_embed,
}
_NAMED = {SCOPE: SCOPE, "itemInfo": "itemInfo.itemStruct", "aweme_detail": "aweme_detail"}  # key -> what it leads to
_NO_POSTS = {  # key of an answer about something else -> what that is
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


def parse_answer(text: str) -> Answer:
    """
    Read a saved answer of any shape, a page or JSON.

    Raise SeedError where TikTok says why there is no post, PayloadError with the missing path where nobody does. Of a
    list, entries that cannot be read are left out; its page counts them all.
    """
    found = _find(text)
    if found.page is None:
        return Answer(posts=[_parse(found.raws[0])])
    return collect(found.raws, _parse, found.page)


def parse_post(text: str, post_id: str | None) -> Post:
    """Read the page of one post; *post_id* guards against a page that shows another one."""
    raws = _find(text).raws
    if not raws:
        raise PayloadError("itemInfo.itemStruct", "expected dict, got nothing")
    return choose(raws, post_id, _parse, "id")


def find_own(text: str, post_id: str) -> Mapping[str, Any] | None:
    """Return the object that describes the post *post_id* in an answer, None where there is none."""
    return pick(lambda: _find(text).raws, post_id)


def _parse(raw: Raw) -> Post:
    return _PARSERS[raw.shape](raw.data, raw.at)


def _find(text: str) -> Found:
    text = text.removeprefix("\ufeff")
    if (refusal := find_refusal(text)) is not None:
        raise (replace(refusal, code="10000") if refusal == CAPTCHA else refusal).to_error()
    return find_in_answer(text, SCRIPTS, ASSIGNED, _find_in_json)


def _find_in_json(data: object) -> Found:
    scope = peek(data, SCOPE)
    if isinstance(scope, dict):
        return _find_in_scope(scope)
    if (found := find_posts(LOOK, data)) is not None:
        return found
    if (outcome := VERDICTS.find(data) or _find_sigi_outcome(data)) is not None:
        raise outcome
    if (other := find_other(data, _NO_POSTS)) is not None:
        raise other
    if (page := find_empty(LOOK, data)) is not None or (page := _find_profile(data)) is not None:
        return Found([], page)
    raise _explain(data)


def _find_in_scope(scope: Mapping[str, Any]) -> Found:
    """Return what the page's own state says: the post, the profile's posts, or anything that looks like posts."""
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
        return Found([Raw(ItemFormat.WEB, item, join(at, "itemInfo.itemStruct"))])
    if (outcome := VERDICTS.of(detail)) is not None:
        raise outcome
    info = detail.get("itemInfo")
    if isinstance(info, dict):
        raise PayloadError(join(at, "itemInfo.itemStruct"), f"expected dict, got {type_name(item)}")
    raise PayloadError(join(at, "itemInfo"), f"expected dict, got {type_name(info)}")


def _find_sigi_outcome(data: object) -> SeedError | None:
    """Return what an old page says of its post, user or sound."""
    pages = ("VideoPage", "UserPage", "MusicPage", "ChallengePage", "props.pageProps")
    return next((error for page in pages if (error := VERDICTS.of(peek(data, page))) is not None), None)


def _find_profile(data: object) -> Page | None:
    for place in ("userInfo", "UserModule", "data.userInfo"):
        if isinstance(peek(data, place), dict):
            return Page(n_items=0)
    return None


def _read_profile(user: Mapping[str, Any]) -> Page:
    """Return the empty page of a profile, whose posts come later; raise SeedError for a profile that has none."""
    outcome = VERDICTS.of(user)
    count = peek(user, "userInfo.stats.videoCount")
    shows_posts = isinstance(count, int) and count > 0
    if outcome is not None and not (outcome.code is ErrorCode.PRIVATE and shows_posts):
        raise outcome
    return Page(n_items=0)


def _explain(data: object) -> PayloadError:
    """Return the error for JSON of no known kind: what is missing."""
    if not isinstance(data, dict):
        return PayloadError("$", f"expected a post or a list of posts, got {type_name(data)}")
    for above, node in (("", data), ("data", data.get("data"))):
        for wanted, path in _NAMED.items():
            if isinstance(node, dict) and wanted in node:
                return PayloadError(join(above, path), f"expected dict, got {type_name(peek(node, path))}")
    keys = ", ".join(clean_text(str(key))[:40] for key in list(data)[:8])
    return PayloadError("itemInfo.itemStruct", f"expected dict, got nothing (keys: {keys})")

"""The states in a page: find them, cut them to the parts worth saving, read them as one answer."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.model.post import Post
from scraper.posts.answer import Answer
from scraper.posts.fields import Fields, dig, join, peek, type_name
from scraper.posts.scripts import find_scripts, load_assigned, load_json
from spiders.bilibili.payload.merge import join as join_post
from spiders.bilibili.payload.opus import is_dynamic, read_dynamic
from spiders.bilibili.payload.outcome import NOTICES, find_notice, find_page_outcome
from spiders.bilibili.payload.play import SUPPORTERS, find_play, read_play
from spiders.bilibili.payload.season import parse_episode
from spiders.bilibili.payload.values import read_author
from spiders.bilibili.payload.video import find_redirect, parse_view

INITIAL = "__INITIAL_STATE__"
PLAY = "__playinfo__"
SSR = "playurlSSRData"
NEXT = "__NEXT_DATA__"
RISK = "_riskdata_"
SAID = "__notices__"
STATES = frozenset((INITIAL, PLAY, SSR, NEXT, RISK))
VIEW_KEYS = frozenset(("videoData", "videoInfo", "epInfo", "mediaInfo", "trueCode", "upData", "sectionEpisodes"))
KEPT = frozenset(
    (
        *("error", "aid", "bvid", "cid", "p", "videoData", "upData", "tags", "videoInfo", "videoStatus"),
        *("sectionEpisodes", "epInfo", "mediaInfo", "detail", "video"),
    )
)
_OF_VIEWER = frozenset(
    (
        *("user", "user_status", "userInfo", "session", "last_play_time", "last_play_cid", "login_mid"),
        *("login_mid_hash", "ip_info", "v_voucher", "defaultWbiKey", "watch_progress", "history", "is_login"),
        *("req_user", "relation"),
    )
)
_QUERIES = "props.pageProps.dehydratedState.queries"
_ASSIGNED_WITHIN = 400  # first characters of a script, which must contain the name it assigns to


def find_states(page: str) -> dict[str, Any]:
    """Return the states of *page* by their names; raise PayloadError if all of them are broken."""
    states: dict[str, Any] = {}
    errors: list[PayloadError] = []
    for script_id, body in find_scripts(page):
        for name in (
            [NEXT] if script_id == NEXT else [name for name in (INITIAL, PLAY, SSR) if name in body[:_ASSIGNED_WITHIN]]
        ):
            try:
                value = load_json(body, f"script#{NEXT}") if name == NEXT else load_assigned(body, name)
            except PayloadError as error:
                errors.append(error)
                continue
            if isinstance(value, dict):
                states.setdefault(name, value)
        if f"window.{RISK}" in body:
            states[RISK] = {}
    if not states and errors:
        raise errors[0]
    said = [notice for notice in NOTICES if notice in page]
    return {**states, SAID: said} if states and said else states


def find_state(page: str) -> str | None:
    """Return the states of *page* as one JSON object, without the values about the viewer; None if it has none."""
    try:
        states = find_states(page)
    except PayloadError:
        return None
    if not states:
        return None
    if INITIAL in states:
        states[INITIAL] = {key: value for key, value in states[INITIAL].items() if key in KEPT}
    return without_viewer(json.dumps(states))


def without_viewer(text: str) -> str:
    """Return JSON without the values about the viewer, any other text unchanged."""
    try:
        return json.dumps(json.loads(text, object_pairs_hook=_without_viewer), ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _without_viewer(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {key: value for key, value in pairs if key not in _OF_VIEWER}


def read_page(states: Mapping[str, Any]) -> Answer:
    """Read the states of a page, as returned by ``find_states`` or ``find_state``."""
    initial = states.get(INITIAL)
    initial = initial if isinstance(initial, dict) else {}
    for name in ("videoData", "videoInfo", "video.viewInfo"):
        if peek(initial, f"{name}.bvid") or peek(initial, f"{name}.aid"):
            return _read_video(states, initial, name)
    if RISK in states:
        raise SeedError(ErrorCode.CHALLENGE, raw_message="risk control page")
    if (outcome := find_page_outcome(initial)) is not None:
        raise outcome
    if is_dynamic(initial.get("detail")):
        return read_dynamic(initial["detail"], join(INITIAL, "detail"))
    if (post := _read_episode(states, initial)) is not None:
        return Answer(posts=[post])
    if (notice := find_notice(states.get(SAID))) is not None:
        raise notice
    found = type_name(states.get(INITIAL))
    path = join(INITIAL, "videoData") if INITIAL in states else INITIAL
    raise PayloadError(path, f"expected dict, got {type_name(initial.get('videoData')) if initial else found}")


def _read_video(states: Mapping[str, Any], initial: Mapping[str, Any], name: str) -> Answer:
    raw = dig(initial, name, dict, INITIAL)
    if name == "videoInfo":
        raw = _with_section(raw, initial)
    post = parse_view(raw, join(INITIAL, name), Fields(initial, INITIAL))
    play = find_play(states.get(PLAY), PLAY)
    if play is not None:
        fragment = read_play(play)
        post = join_post(post, fragment, page=_page(initial, post))
    elif SUPPORTERS in post.restrictions and not raw.get("is_upower_play"):
        raise SeedError(ErrorCode.PAID, raw_code="is_upower_exclusive")
    return Answer(posts=[post], leads_to=find_redirect(raw))


def _with_section(raw: dict[str, Any], initial: Mapping[str, Any]) -> dict[str, Any]:
    """Return a festival's video with still and author, which only the list of its section has."""
    episodes = initial.get("sectionEpisodes")
    entries = [entry for entry in episodes if isinstance(entry, dict)] if isinstance(episodes, list) else []
    entry = next((entry for entry in entries if entry.get("bvid") == raw.get("bvid")), {})
    return {**raw, "pic": raw.get("pic") or entry.get("cover"), "owner": raw.get("owner") or entry.get("author")}


def _page(initial: Mapping[str, Any], post: Post) -> int | None:
    """Return the number of the part that a page plays, from its number or its id in the state."""
    cid, page = str(initial.get("cid")), initial.get("p")
    named = next((part["page"] for part in post.parts if part["cid"] == cid), None)
    chosen = named if isinstance(named, int) else page
    return chosen if isinstance(chosen, int) and any(part["page"] == chosen for part in post.parts) else None


def _read_episode(states: Mapping[str, Any], initial: Mapping[str, Any]) -> Post | None:
    """Return the episode of a bangumi page with its media; None if the page has none."""
    plays = [(states.get(SSR), SSR), (states.get(PLAY), PLAY), *_queries(states.get(NEXT))]
    play = next((found for data, at in plays if (found := find_play(data, at)) is not None), None)
    post = _describe(initial, play)
    if post is None:
        return None
    if play is not None:
        return join_post(post, read_play(play))
    if (notice := find_notice(states.get(SAID))) is not None:
        raise notice
    return post


def _describe(initial: Mapping[str, Any], play: Fields | None) -> Post | None:
    if isinstance(initial.get("epInfo"), dict) and initial["epInfo"]:
        author = read_author(Fields(initial), ("mediaInfo.up_info.mid",), ("mediaInfo.up_info.uname",))
        return parse_episode(initial["epInfo"], join(INITIAL, "epInfo"), author=author)
    if play is None:
        return None
    episode = play.child("play_view_business_info.episode_info")
    extra, arc = play.child("supplement.ogv_episode_info"), play.child("arc")
    if not episode and not extra:
        return None
    return parse_episode({**arc.raw, **extra.raw, **episode.raw}, (episode or extra).at)


def _queries(data: object) -> Iterator[tuple[object, str]]:
    queries = peek(data, _QUERIES)
    for index, query in enumerate(queries if isinstance(queries, list) else ()):
        yield peek(query, "state.data"), join(NEXT, _QUERIES, str(index), "state.data")


def as_states(data: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return *data* as the states of a page if it is all or one of them; else None."""
    if not STATES.isdisjoint(data.keys()):
        return data
    if not VIEW_KEYS.isdisjoint(data.keys()) or is_dynamic(data.get("detail")) or peek(data, "error.trueCode"):
        return {INITIAL: data}
    return {NEXT: data} if peek(data, _QUERIES) is not None else None

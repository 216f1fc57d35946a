"""The played Bilibili refuses what the real one refuses, and delivers what it delivers."""

import json
import zlib
from collections.abc import Iterator

import av
import pytest

from scraper.errors import ErrorCode
from scraper.links.recogniser import Recogniser
from scraper.model.ref import Ref
from spiders.bilibili.links import LINKS
from tests.lab import media
from tests.lab.bilibili.films import FILMS
from tests.lab.bilibili.ids import to_aid, to_bvid
from tests.lab.bilibili.reading import (
    API,
    POSTS,
    REFERER,
    WWW,
    call,
    open_post,
    play,
    read_play,
    read_state,
    refuse,
    signed,
    videos,
)
from tests.lab.catalog import LabPost
from tests.lab.process import LabProcess
from tests.lab.recipes import RECIPES

RECOGNISER = Recogniser({"bilibili": LINKS}, {"bilibili": ("bilibili.com", "b23.tv", "bili2233.cn")})
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"


@pytest.fixture(autouse=True)
def _clean(lab: LabProcess) -> Iterator[None]:
    lab.reset()
    yield
    lab.reset()


@pytest.fixture(scope="module")
def guest(lab: LabProcess) -> dict[str, str]:
    return {**lab.client.become_guest("bilibili"), "CURRENT_FNVAL": "4048"}


def test_posts_are_well_formed() -> None:
    assert len(POSTS) >= 30
    for post in POSTS.values():
        assert post.outcome == "ok" or ErrorCode(post.outcome)
        if post.kind == "video" and post.id:
            assert to_bvid(to_aid(post.id)) == post.id
            assert post.id in post.url
        (found,) = RECOGNISER.find(post.url)
        assert isinstance(found, Ref), post.name
        assert (found.kind, found.id) == (post.kind, post.id or found.id), post.name
    assert to_bvid(170_001) == "BV17x411w7KC"


@pytest.mark.parametrize("name", FILMS)
def test_picture_and_sound_of_a_film_are_of_one_length(name: str) -> None:
    film = FILMS[name]
    for medium in (*(name for _, name in (*film.pictures, *film.sounds)), film.flac, film.dolby, film.single):
        if medium:
            media.ensure([medium])
            with av.open(str(media.cache_dir() / RECIPES[medium].file)) as container:
                assert (container.duration or 0) / av.time_base == pytest.approx(film.seconds, abs=0.03)


# Guests


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"buvid3": ""}, "no buvid3"),
        ({"buvid3": "00000000-0000-0000-0000-00000000000012345infoc"}, "buvid3"),
        ({"buvid4": "made-up"}, "buvid4 of this buvid3"),
        ({"_uuid": ""}, "_uuid"),
        ({"b_lsid": ""}, "b_lsid"),
        ({"b_lsid": "0A1B2C3D_18000000000"}, "b_lsid"),
    ],
)
def test_412_for_those_who_are_no_guests(
    lab: LabProcess, guest: dict[str, str], change: dict[str, str], note: str
) -> None:
    got = lab.client.request(POSTS["plain"].url, cookies={**guest, **change})
    assert got.status == 412
    assert len(got.body) < 1500
    assert lab.log()[-1].note == note


def test_412_for_an_agent_that_is_no_browser(lab: LabProcess, guest: dict[str, str]) -> None:
    assert lab.client.request(POSTS["plain"].url, {"User-Agent": "curl/8"}, cookies=guest).status == 412


@pytest.mark.parametrize("name", ["bangumi", "festival", "opus-images", "audio"])
def test_412_on_other_pages(lab: LabProcess, name: str) -> None:
    assert lab.client.request(POSTS[name].url).status == 412


def test_home_is_open_and_sets_the_cookies(lab: LabProcess) -> None:
    got = lab.client.request(f"{WWW}/")
    lines = {line.partition("=")[0]: line for line in got.headers.get_all("Set-Cookie", [])}
    assert set(lines) == {"buvid3", "b_nut"}
    assert "domain=.bilibili.com" in lines["buvid3"]
    assert lab.client.request(f"{WWW}/", cookies=got.cookies).cookies == {}
    spi = lab.client.request(f"{API}/x/frontend/finger/spi", {"Origin": WWW}, cookies=got.cookies)
    assert json.loads(spi.body)["data"]["b_3"] == got.cookies["buvid3"]
    assert spi.headers["Access-Control-Allow-Origin"] == WWW


# Pages


def test_video_page(lab: LabProcess, guest: dict[str, str]) -> None:
    got = open_post(lab, "plain", guest)
    assert len(got.body) >= 200_000
    state, post = read_state(got), POSTS["plain"]
    shown = state["videoData"]
    assert (shown["bvid"], shown["aid"], shown["pubdate"]) == (post.id, to_aid(post.id), post.created)
    assert (state["upData"]["name"], state["upData"]["mid"]) == (shown["owner"]["name"], str(shown["owner"]["mid"]))
    assert [tag["tag_name"] for tag in state["tags"]] == post.data["tags"]
    assert state["error"] == {}
    dash = read_play(got)["data"]["dash"]
    assert videos(dash) == [(32, 7), (32, 12), (32, 13), (16, 7)]
    assert [entry["id"] for entry in dash["audio"]] == [30280, 30232, 30216]
    slash = lab.client.request(f"{WWW}/video/av{to_aid(post.id)}/", cookies=guest)
    assert read_state(slash)["videoData"] == shown


@pytest.mark.parametrize(
    ("fnval", "kind", "streams"), [("4048", "dash", 4), ("16", "dash", 3), ("1", "durl", 1), ("", "durl", 1)]
)
def test_playinfo_follows_the_players_cookie(
    lab: LabProcess, guest: dict[str, str], fnval: str, kind: str, streams: int
) -> None:
    data = play(lab, "plain", {**guest, "CURRENT_FNVAL": fnval})
    assert {"dash", "durl"} & set(data) == {kind}
    assert len(data["dash"]["video"] if kind == "dash" else data["durl"]) == streams


def test_what_a_guest_gets(lab: LabProcess, guest: dict[str, str]) -> None:
    assert {quality for quality, _ in videos(play(lab, "landscape-1080", guest)["dash"])} == {80, 64, 32, 16}
    few = play(lab, "missing-qualities", guest)
    assert {quality for quality, _ in videos(few["dash"])} == {32, 16}
    assert [form["quality"] for form in few["support_formats"]] == few["accept_quality"] == [120, 112, 80, 64, 32, 16]
    assert play(lab, "silent", guest)["dash"]["audio"] is None
    assert play(lab, "flac", guest)["dash"]["flac"]["audio"]["id"] == 30251
    assert play(lab, "dolby", guest)["dash"]["dolby"]["audio"][0]["codecs"] == "ec-3"
    assert play(lab, "preview", guest)["accept_description"] == ["试看"]
    assert read_play(open_post(lab, "charging", guest))["code"] == 87008
    assert read_state(open_post(lab, "charging", guest))["videoData"]["is_upower_exclusive"] is True


def test_parts(lab: LabProcess, guest: dict[str, str]) -> None:
    url = POSTS["multi-part"].url
    pages = read_state(lab.client.request(url, cookies=guest))["videoData"]["pages"]
    assert call(lab, "/x/player/pagelist", bvid=POSTS["multi-part"].id)["data"] == pages
    assert [part["duration"] for part in pages] == [2, 3, 4]
    for number, part in enumerate(pages, 1):
        got = lab.client.request(f"{url}?p={number}", cookies=guest)
        data = read_play(got)["data"]
        assert (read_state(got)["cid"], data["timelength"]) == (part["cid"], part["duration"] * 1000)
        assert f"/{part['cid']}-1-30016.m4s?" in data["dash"]["video"][0]["base_url"]


def test_segments_begin_at_zero(lab: LabProcess, guest: dict[str, str]) -> None:
    segments = play(lab, "segments", guest)["durl"]
    assert [(part["order"], part["length"]) for part in segments] == [(1, 2000), (2, 2000), (3, 2000)]
    for part in segments:
        got = lab.client.request(part["url"], REFERER)
        assert got.body.startswith(b"FLV")
        assert len(got.body) == part["size"]


@pytest.mark.parametrize("name", ["removed", "hidden", "only-me", "denied"])
def test_unavailable_videos(lab: LabProcess, guest: dict[str, str], name: str) -> None:
    post = POSTS[name]
    got = open_post(lab, name, guest)
    assert read_state(got)["error"]["trueCode"] == post.data["answer"]["code"]
    assert "videoData" not in read_state(got)
    assert b"__playinfo__" not in got.body
    assert call(lab, "/x/web-interface/view", bvid=post.id) == {**post.data["answer"], "ttl": 1}


def test_risk_control(lab: LabProcess, guest: dict[str, str]) -> None:
    got = open_post(lab, "risk", guest)
    assert b"window._riskdata_ = {" in got.body
    assert b"__INITIAL_STATE__" not in got.body
    answer = call(lab, "/x/web-interface/view", bvid=POSTS["risk"].id)
    assert answer["code"] == -352
    assert set(answer["data"]) == {"v_voucher"}
    lab.set_faults("risk:/", "code-799:/")
    assert b"_riskdata_" in open_post(lab, "plain", guest).body
    assert set(call(lab, "/x/web-interface/view", bvid=POSTS["plain"].id)["data"]) == {"v_voucher"}


@pytest.mark.parametrize(("fault", "code"), [("code-799", -799), ("code-412", -412), ("code-352", -352)])
def test_rate_limits_on_demand(lab: LabProcess, fault: str, code: int) -> None:
    lab.set_faults(f"{fault}:/x/web-interface")
    assert call(lab, "/x/web-interface/view", bvid=POSTS["plain"].id)["code"] == code


def test_412_on_demand(lab: LabProcess, guest: dict[str, str]) -> None:
    lab.set_faults("firewall:/video/:1", "status-412:/x/")
    assert open_post(lab, "plain", guest).status == 412
    assert open_post(lab, "plain", guest).status == 200
    assert lab.client.request(f"{API}/x/web-interface/view?bvid={POSTS['plain'].id}").status == 412


def test_festival(lab: LabProcess, guest: dict[str, str]) -> None:
    post = POSTS["festival"]
    moved = lab.client.request(f"{WWW}/video/{post.id}", cookies=guest)
    assert (moved.status, moved.headers["Location"]) == (302, post.url)
    state = read_state(open_post(lab, "festival", guest))
    assert "videoData" not in state
    assert state["videoInfo"]["bvid"] == state["sectionEpisodes"][0]["bvid"] == post.id
    assert play(lab, "festival", guest)["dash"]["video"]


def test_moved_to_an_episode(lab: LabProcess, guest: dict[str, str]) -> None:
    post = POSTS["redirect"]
    assert b"__INITIAL_STATE__" not in open_post(lab, "redirect", guest).body
    assert call(lab, "/x/web-interface/view", bvid=post.id)["data"]["redirect_url"] == POSTS["bangumi"].url
    detail = signed(lab, "/x/web-interface/wbi/view/detail", bvid=post.id)
    assert detail["data"]["View"]["redirect_url"] == POSTS["bangumi"].url
    assert open_post(lab, "redirect-http", guest).headers["Location"] == POSTS["bangumi"].url


def test_episodes(lab: LabProcess, guest: dict[str, str]) -> None:
    pages = {name: open_post(lab, name, guest).body.decode() for name in POSTS if name.startswith("bangumi")}
    plays = {name: call(lab, "/pgc/player/web/v2/playurl", ep_id=POSTS[name].id[2:], fnval=12240) for name in pages}
    assert "playurlSSRData = {" in pages["bangumi"]
    assert "playurlSSRData" not in pages["bangumi-api"]
    assert plays["bangumi-api"]["result"]["video_info"]["dash"]["video"]
    assert plays["bangumi-preview"]["result"]["play_check"]["play_detail"] == "PLAY_PREVIEW"
    assert plays["bangumi-member"] == {"code": -10403, "message": "大会员专享限制"}
    assert plays["bangumi-10403"]["code"] == -10403
    assert plays["bangumi-area"]["result"]["plugins"][0]["config"]["is_block"] is True
    assert "您所在的地区无法观看本片" in pages["bangumi-area"]
    assert POSTS["bangumi"].id in pages["bangumi-season"]
    season = call(lab, "/pgc/view/web/season", ep_id=POSTS["bangumi"].id[2:])["result"]
    assert season["episodes"][0]["share_url"] == POSTS["bangumi"].url
    section = call(lab, "/pgc/web/season/section", season_id=season["season_id"])["result"]
    assert section["main_section"]["episodes"] == season["episodes"]
    assert call(lab, "/pgc/view/web/season", ep_id=1)["code"] == -404


def test_posts_of_pictures_and_text(lab: LabProcess, guest: dict[str, str]) -> None:
    modules = {
        name: {
            key: value
            for module in read_state(open_post(lab, name, guest))["detail"]["modules"]
            for key, value in module.items()
        }
        for name in ("opus-images", "opus-images-inside", "opus-text", "opus-paid")
    }
    pictures = modules["opus-images"]["module_top"]["display"]["album"]["pics"]
    assert len(pictures) == 3
    for picture in pictures:
        small, whole = (
            lab.client.request(f"https://{picture['url'].partition('//')[2]}{tail}") for tail in ("@672w.webp", "")
        )
        assert small.body.startswith(b"RIFF")
        assert len(small.body) < len(whole.body)
    inside = modules["opus-images-inside"]["module_content"]["paragraphs"][1]["pic"]["pics"]
    assert b"ftyp" in lab.client.request(inside[0]["live_url"], REFERER).body[:12]
    assert "module_top" not in modules["opus-text"]
    assert modules["opus-paid"]["module_blocked"]["hint_message"]
    item = call(lab, "/x/polymer/web-dynamic/v1/detail", id=POSTS["opus-images"].id)["data"]["item"]
    assert len(item["modules"]["module_dynamic"]["major"]["opus"]["pics"]) == 3
    item = call(lab, "/x/polymer/web-dynamic/v1/detail", id=POSTS["dynamic-video"].id)["data"]["item"]
    moved = lab.client.request(f"{WWW}/opus/{POSTS['dynamic-video'].id}", cookies=guest)
    assert moved.headers["Location"] == POSTS["dynamic-video"].url
    assert POSTS["plain"].id in item["modules"]["module_dynamic"]["major"]["archive"]["jump_url"]


def test_songs(lab: LabProcess) -> None:
    service, sid = f"{WWW}/audio/music-service-c/web", POSTS["audio"].id[2:]
    song = json.loads(lab.client.request(f"{service}/song/info?sid={sid}").body)["data"]
    url = json.loads(lab.client.request(f"{service}/url?sid={sid}&privilege=2&quality=2").body)["data"]
    assert (song["title"], song["duration"]) == (POSTS["audio"].data["title"], 5)
    assert refuse(lab, url["cdns"][0], {}) == "referer"
    assert len(lab.client.request(url["cdns"][0], REFERER).body) == url["size"]


def test_subtitles_chapters_and_danmaku(lab: LabProcess) -> None:
    client, post = lab.client, POSTS["subtitles"]
    cid = call(lab, "/x/web-interface/view", bvid=post.id)["data"]["cid"]
    data = call(lab, "/x/player/wbi/v2", bvid=post.id, cid=cid)["data"]
    assert [point["content"] for point in data["view_points"]] == ["开场", "结尾"]
    for subtitle, spec in zip(data["subtitle"]["subtitles"], post.data["subtitles"], strict=True):
        lines = json.loads(client.request(f"https:{subtitle['subtitle_url']}").body)["body"]
        assert [line["content"] for line in lines] == spec["lines"]
    assert refuse(lab, f"https:{data['subtitle']['subtitles'][1]['subtitle_url']}0") == "signature"
    danmaku = client.request(f"https://comment.bilibili.com/{cid}.xml")
    assert danmaku.headers["Content-Encoding"] == "deflate"
    assert b"<d p=" in zlib.decompress(danmaku.body, wbits=-15)


def test_interactive_videos(lab: LabProcess, guest: dict[str, str]) -> None:
    post = POSTS["interactive"]
    shown = read_state(open_post(lab, "interactive", guest))["videoData"]
    assert (shown["rights"]["is_stein_gate"], shown["videos"], len(shown["pages"])) == (1, 3, 1)
    graph = call(lab, "/x/player/v2", bvid=post.id, cid=shown["cid"])["data"]["interaction"]["graph_version"]
    edge = call(lab, "/x/stein/edgeinfo_v2", bvid=post.id, graph_version=graph, edge_id=1)["data"]
    choices = edge["edges"]["questions"][0]["choices"]
    lengths = [
        signed(lab, "/x/player/wbi/playurl", bvid=post.id, cid=one["cid"])["data"]["timelength"] for one in choices
    ]
    assert lengths == [3000, 4000]


# Links


@pytest.mark.parametrize("post", [post for post in POSTS.values() if post.data.get("hops")], ids=lambda post: post.name)
def test_short_links(lab: LabProcess, post: LabPost) -> None:
    got = lab.client.request(post.url)
    assert (got.status, got.headers["Location"]) == (302, post.data["hops"][0])


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://b23.tv/av170001", f"{WWW}/video/av170001"),
        ("https://b23.tv/ep701001", f"{WWW}/bangumi/play/ep701001"),
        ("https://bili2233.cn/ss48501", f"{WWW}/bangumi/play/ss48501"),
        ("https://bilibili.com/video/BV17x411w7KC?p=2", f"{WWW}/video/BV17x411w7KC?p=2"),
        ("https://m.bilibili.com/video/BV17x411w7KC", f"{WWW}/video/BV17x411w7KC"),
        ("https://m.bilibili.com/dynamic/123", f"{WWW}/opus/123"),
    ],
)
def test_other_forms_redirect(lab: LabProcess, url: str, target: str) -> None:
    got = lab.client.request(url)
    assert got.status in (301, 302)
    assert got.headers["Location"] == target


def test_mobile_page_dead_links_and_spaces(lab: LabProcess, guest: dict[str, str]) -> None:
    url = f"https://m.bilibili.com/video/{POSTS['portrait'].id}"
    page = lab.client.request(url, {"User-Agent": IPHONE}, cookies=guest)
    video = read_state(page)["video"]
    assert video["viewInfo"]["bvid"] == POSTS["portrait"].id
    assert lab.client.request(video["playUrlInfo"][0]["url"]).status == 200
    assert open_post(lab, "link-short-dead", {}).status == 404
    assert lab.client.request("https://space.bilibili.com/3546700000007919/video").status == 200

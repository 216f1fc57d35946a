"""The played Douyin refuses what the real one refuses, and every answer is read as the post's file says."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.links.recogniser import Recogniser
from scraper.model.ref import Ref
from scraper.posts.answer import Answer
from spiders.douyin.links import LINKS
from spiders.douyin.payload.answer import parse_answer
from spiders.douyin.payload.outcome import find_refusal
from tests.lab.catalog import LabPost, many_post
from tests.lab.client import Got
from tests.lab.douyin.cdn import HOME
from tests.lab.douyin.reading import POSTS, WWW, ask, call, item, refused, sign, unsigned
from tests.lab.douyin.signing import LIFE
from tests.lab.process import LabProcess

RECOGNISER = Recogniser({"douyin": LINKS}, {"douyin": ("douyin.com", "iesdouyin.com")})
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
LATE = ("ok", "media_failed")
"""Outcomes of posts whose answer holds the post."""


@pytest.fixture(autouse=True)
def _clean(lab: LabProcess) -> Iterator[None]:
    lab.reset()
    yield
    lab.reset()


@pytest.fixture(scope="module")
def guest(lab: LabProcess) -> dict[str, str]:
    return lab.client.become_guest("douyin")


def read(got: Got) -> tuple[str, Answer | None]:
    """Return the outcome of reading an answer, in the words of a post's file."""
    try:
        return "ok", parse_answer(got.body.decode())
    except SeedError as error:
        return error.code, None
    except PayloadError:
        return "parse_error", None


def test_posts_are_well_formed() -> None:
    assert len(POSTS) >= 30
    for post in POSTS.values():
        assert post.outcome == "ok" or ErrorCode(post.outcome)
        if post.id:
            assert 4 <= post.created - (int(post.id) >> 32) <= 7
            assert post.id in post.url
        (found,) = RECOGNISER.find(post.url)
        assert isinstance(found, Ref), post.name
        assert (found.kind, found.id) == (post.kind, post.id or found.id), post.name


# Answers


@pytest.mark.parametrize("name", [name for name, post in POSTS.items() if post.id])
def test_answer_is_read_as_the_file_says(lab: LabProcess, guest: dict[str, str], name: str) -> None:
    post = POSTS[name]
    end, answer = read(ask(lab, name, guest))
    assert end == ("ok" if post.outcome in LATE else post.outcome)
    if answer is not None:
        (found,) = answer.posts
        assert (found.id, found.text or "") == (post.id, post.data["text"])
        assert found.author.name == post.data["author"]["name"]
        assert found.created_at is not None
        assert found.created_at.timestamp() == post.created
        moving = sum("live" in image for image in post.data.get("images", ()) if isinstance(image, dict))
        sounds = 1 if "images" in post.data and "music" in post.data else 0
        assert len(found.media) == (len(post.data["images"]) + moving if "images" in post.data else 1) + sounds


def test_what_an_item_holds(lab: LabProcess, guest: dict[str, str]) -> None:
    shown = item(lab, "video-portrait", guest)
    assert [entry["gear_name"] for entry in shown["video"]["bit_rate"]] == [
        "normal_540_0",
        "adapt_lowest_720_1",
        "normal_360_0",
        "normal_720_0",
    ]
    assert shown["video"]["play_addr"]["uri"].startswith("v0d00fg10000")
    assert shown["duration"] == 6000
    assert item(lab, "video-one-address", guest)["video"]["bit_rate"] is None
    assert "download_addr" not in item(lab, "video-download-off", guest)["video"]
    note = item(lab, "note", guest)
    assert note["video"]["play_addr"]["uri"] == note["music"]["play_url"]["url_list"][0]
    lists = ("url_list", "download_url_list", "watermark_free_download_url_list")
    assert [{len(image[name]) for image in note["images"]} for name in lists] == [{3}, {3}, {3}]


def test_aid_of_another_app(lab: LabProcess, guest: dict[str, str]) -> None:
    live = item(lab, "note-live", guest)["images"]
    assert [image.get("live_photo_type") for image in live] == [1, None, 1]
    stills = item(lab, "note-live", guest, aid="1128")["images"]
    assert not any("video" in image for image in stills)
    got = ask(lab, "note-images-base", guest, aid="1128")
    assert json.loads(got.body)["filter_detail"]["filter_reason"] == "images_base"
    assert read(got)[0] == "parse_error"
    assert refused(lab, call(lab, unsigned(POSTS["note"].id, "1"), guest)) == "aid"


def test_unknown_posts_and_calls(lab: LabProcess, guest: dict[str, str]) -> None:
    assert read(call(lab, unsigned("7111111111111111111"), guest))[0] == "removed"
    assert call(lab, "/aweme/v1/web/aweme/post/?sec_user_id=x", guest).status == 404


def test_many_posts(lab: LabProcess, guest: dict[str, str]) -> None:
    post = many_post(19_999, "douyin")
    end, answer = read(call(lab, unsigned(post.id), guest))
    assert end == "ok"
    assert answer is not None
    assert (answer.posts[0].id, answer.posts[0].text) == (post.id, post.data["text"])
    assert read(call(lab, unsigned(many_post(20_000, "douyin").id), guest))[0] == "removed"


# Clients that get an answer


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"ttwid": None}, "no ttwid"),
        ({"ttwid": "1%7Cmade-up%7C1700000000%7C00"}, "msToken of this ttwid"),
        ({"s_v_web_id": None}, "no s_v_web_id"),
        ({"s_v_web_id": "verify_made_up"}, "s_v_web_id"),
        ({"s_v_web_id": "verify_mlab0123_LabLabLa_bLab_5Lab_LabL_abLabLabLabL"}, "s_v_web_id"),
        ({"msToken": None}, "no msToken"),
        ({"msToken": "65000000.aaaa.bbbb~cccc"}, "msToken of this ttwid"),
    ],
)
def test_empty_body_for_those_who_are_no_guests(
    lab: LabProcess, guest: dict[str, str], change: dict[str, str | None], note: str
) -> None:
    cookies = {name: value for name, value in {**guest, **change}.items() if value is not None}
    url = sign(unsigned(POSTS["video-portrait"].id), {**guest, **cookies})
    assert refused(lab, lab.client.request(url, cookies=cookies)) == note


def test_token_belongs_to_its_guest(lab: LabProcess, guest: dict[str, str]) -> None:
    other = lab.client.become_guest("douyin")
    got = ask(lab, "video-portrait", {**guest, "msToken": other["msToken"]})
    assert refused(lab, got) == "msToken of this ttwid"


@pytest.mark.parametrize(
    ("spoil", "note"),
    [
        (lambda url: url.partition("&msToken=")[0], "no a_bogus"),
        (lambda url: url.partition("&a_bogus=")[0], "no a_bogus"),
        (lambda url: url.partition("&a_bogus=")[0] + "&a_bogus=madeup", "a_bogus"),
        (lambda url: url[:-1] + ("0" if url[-1] != "0" else "1"), "a_bogus"),
        (lambda url: url.replace("aid=6383", "aid=1128"), "a_bogus"),
        (lambda url: url.replace("aweme_id=7", "aweme_id=6"), "a_bogus"),
        (lambda url: url.replace("channel_pc_web", "other"), "a_bogus"),
        (lambda url: url + "&extra=1", "a_bogus"),
        (lambda url: url.replace("&fp=verify_m", "&fp=verify_n"), "verifyFp"),
        (lambda url: url.replace("&msToken=", "&msToken=0"), "msToken of the query"),
    ],
)
def test_empty_body_for_a_wrong_signature(
    lab: LabProcess, guest: dict[str, str], spoil: Callable[[str], str], note: str
) -> None:
    url = sign(unsigned(POSTS["video-portrait"].id), guest)
    assert lab.client.request(url, cookies=guest).body
    assert refused(lab, lab.client.request(spoil(url), cookies=guest)) == note


def test_signature_grows_stale(lab: LabProcess, guest: dict[str, str]) -> None:
    target = unsigned(POSTS["video-portrait"].id)
    assert call(lab, target, guest, age=LIFE - 60).body
    assert refused(lab, call(lab, target, guest, age=LIFE + 1)) == "stale a_bogus"


def test_refusals_on_demand(lab: LabProcess, guest: dict[str, str]) -> None:
    lab.set_faults("empty:/aweme/detail/:2")
    assert [len(ask(lab, "video-square", guest).body) > 0 for _ in range(3)] == [False, False, True]
    lab.set_faults("captcha:/aweme/detail/:1", "captcha:/video/:1", "firewall:douyin:1")
    assert str(find_refusal(ask(lab, "video-square", guest).body.decode())) == "captcha page"
    assert str(find_refusal(lab.client.request(POSTS["video-square"].url).body.decode())) == "captcha page"
    signing = lab.client.request(HOME)
    assert str(find_refusal(signing.body.decode())) == "signing page"
    assert set(signing.cookies) == {"ttwid", "__ac_nonce"}


# Pages


@pytest.mark.parametrize(
    "path", ["/", "/video/{}", "/note/{}", "/slides/{}", "/discover?modal_id={}", "/user/MS4wLjABAAAAlab?modal_id={}"]
)
def test_pages_hold_no_post(lab: LabProcess, path: str) -> None:
    got = lab.client.request(WWW + path.format(POSTS["note"].id))
    assert len(got.body) >= 200_000
    assert read(got) == ("parse_error", None)
    lines = {line.partition("=")[0]: line for line in got.headers.get_all("Set-Cookie", [])}
    assert set(lines) == {"ttwid", "__ac_nonce"}
    assert "; HttpOnly" in lines["ttwid"]
    assert "Domain=.douyin.com" in lines["ttwid"]
    assert lab.client.request(WWW + path, cookies=got.cookies).cookies == {}


def test_page_that_is_none(lab: LabProcess) -> None:
    assert lab.client.request(f"{WWW}/nothing/here").status == 404


@pytest.mark.parametrize(("name", "form"), [("share-state", "video"), ("share-state-note", "note")])
def test_share_page_with_a_state(lab: LabProcess, name: str, form: str) -> None:
    post = POSTS[name]
    end, answer = read(lab.client.request(f"https://www.iesdouyin.com/share/{form}/{post.id}/"))
    assert end == "ok"
    assert answer is not None
    (found,) = answer.posts
    assert (found.id, found.text, len(found.media)) == (post.id, post.data["text"], 3 if form == "note" else 1)


def test_share_page_without_a_state(lab: LabProcess) -> None:
    url = f"https://www.iesdouyin.com/share/video/{POSTS['video-portrait'].id}/"
    got = lab.client.request(url, {"User-Agent": IPHONE})
    assert 20_000 < len(got.body) < 60_000
    assert b"_ROUTER_DATA" not in got.body
    assert read(got)[0] == "parse_error"


# Links


@pytest.mark.parametrize("post", [post for post in POSTS.values() if "hops" in post.data], ids=lambda post: post.name)
def test_links_lead_where_they_say(lab: LabProcess, post: LabPost) -> None:
    got = lab.client.request(post.url)
    assert (got.status, got.headers["Location"]) == (302, post.data["hops"][0])


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://www.iesdouyin.com/share/video/{id}/?region=CN", f"{WWW}/video/{{id}}?previous_page=app_code_link"),
        ("https://www.iesdouyin.com/share/slides/{id}/", f"{WWW}/note/{{id}}?previous_page=app_code_link"),
        ("https://www.iesdouyin.com/share/user/MS4wLjABlab", f"{WWW}/user/MS4wLjABlab"),
        ("https://m.douyin.com/share/video/{id}", "https://www.iesdouyin.com/share/video/{id}/"),
        ("https://jingxuan.douyin.com/m/video/{id}", "https://www.iesdouyin.com/share/video/{id}/"),
        ("https://douyin.com/video/{id}", f"{WWW}/video/{{id}}"),
        ("https://v.douyin.com/iUnknown/", HOME),
    ],
)
def test_other_forms_redirect(lab: LabProcess, url: str, target: str) -> None:
    post_id = POSTS["video-portrait"].id
    got = lab.client.request(url.format(id=post_id))
    assert got.status in (301, 302)
    assert got.headers["Location"] == target.format(id=post_id)


def test_dead_code_of_the_other_host(lab: LabProcess) -> None:
    assert lab.client.request(POSTS["link-jx-dead"].url).status == 404


def test_two_answers_differ_in_their_signatures_only(lab: LabProcess, guest: dict[str, str]) -> None:
    def stem(shown: dict[str, Any]) -> list[str]:
        return [
            url.partition("/video/tos/")[2].partition("?")[0] for url in shown["video"]["play_addr"]["url_list"][:2]
        ]

    first, second = (item(lab, "video-portrait", guest) for _ in range(2))
    assert stem(first) == stem(second)
    assert first["video"]["play_addr"]["uri"] == second["video"]["play_addr"]["uri"]

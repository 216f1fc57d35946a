"""The parts of reading answers that only Bilibili has."""

import json

import pytest

from scraper.commands.payload import read_lines
from scraper.errors import ErrorCode, PayloadError, SeedError
from scraper.model.post import Post, Role
from scraper.model.record import to_record
from scraper.posts.answer import PostFragment
from spiders.bilibili.payload.answer import parse_answer, parse_post
from spiders.bilibili.payload.merge import join
from spiders.bilibili.payload.outcome import CODES, find_refusal
from spiders.bilibili.payload.page import find_state
from spiders.bilibili.payload.quality import codec_of, name_of
from spiders.bilibili.payload.values import read_rate, sort_mirrors
from spiders.bilibili.payload.wbi_keys import read_wbi_keys
from spiders.bilibili.platform import Bilibili
from tests.platforms.payloads import PAYLOADS, case_text, outcome
from tests.support.corpus import ROWS, needs_corpus, text_of

PAGES = sorted(path.parent.name for path in PAYLOADS.glob("bilibili/payloads/*/input.html"))
BV = "BV1KP4y1f7dv"
CID = "31000000101"


def fragment(name: str) -> PostFragment:
    found = parse_answer(case_text("bilibili", name)).fragment
    assert found is not None
    return found


def post(name: str) -> Post:
    return parse_answer(case_text("bilibili", name)).posts[0]


@pytest.mark.parametrize("name", [name for name in PAGES if name != "page-banned"])
def test_kept_state_reads_like_the_page(name: str) -> None:
    state = find_state(case_text("bilibili", name))
    assert state is not None
    assert "viewer" not in state
    assert "defaultWbiKey" not in state
    assert outcome("bilibili", state) == outcome("bilibili", case_text("bilibili", name))


@needs_corpus
@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["platform"] == "bilibili" and row["file"].endswith("html")], ids=str
)
def test_kept_state_reads_like_a_captured_page(row: dict[str, str]) -> None:
    state = find_state(text_of(row))
    assert state is not None
    assert outcome("bilibili", state) == outcome("bilibili", text_of(row))


def test_page_without_a_state_has_none() -> None:
    assert find_state("<html><script>var a = 1</script></html>") is None
    assert find_state("<html><script>window.__INITIAL_STATE__={broken</script></html>") is None
    assert find_state("<html><script>window.__INITIAL_STATE__=" + "[" * 100_000 + "</script></html>") is None


def test_separate_answers_make_one_post() -> None:
    joined = join(post("view-detail"), fragment("player"), fragment("playurl-flac"), page=1)
    assert [(medium.index, medium.role, medium.part, medium.joins) for medium in joined.media] == [
        (1, Role.SUBTITLE, 1, None),
        (2, Role.VIDEO, 1, None),
        (3, Role.AUDIO, 1, 2),
    ]
    video, sound = joined.media[1:]
    assert [chapter.title for chapter in video.chapters] == ["Water", "Salt"]
    assert {variant.durable for variant in (*video.variants, *sound.variants)} == {CID}
    assert [variant.codec for variant in sound.variants] == ["aac", "eac3", "flac"]
    assert joined.restrictions == ["interactive"]
    assert joined.warnings == ["missing_subtitles", "missing_qualities:4K"]
    assert to_record(post("view-detail"))["media"] == []


def test_each_part_gets_its_own_media() -> None:
    play = fragment("playurl-mirrors")
    third = join(post("view"), play, page=3)
    assert third.warnings == ["missing_parts:1,2"]
    both = join(third, play, page=1)
    assert [(medium.index, medium.part, medium.joins) for medium in both.media] == [
        (1, 1, None),
        (2, 1, 1),
        (3, 3, None),
        (4, 3, 3),
    ]
    assert both.warnings == ["missing_parts:2"]
    assert join(both, play, page=2).warnings == []
    assert [medium.variants[0].durable for medium in both.media] == [CID, CID, "31000000103", "31000000103"]


def test_media_of_a_part_replace_those_it_had() -> None:
    silent = join(join(post("view"), fragment("playurl-flac"), page=1), fragment("playurl-silent"), page=1)
    assert [(medium.index, medium.role, medium.joins) for medium in silent.media] == [(1, Role.VIDEO, None)]


def test_parts_come_with_an_answer_of_their_own() -> None:
    listed = join(post("page-no-play"), fragment("pagelist"), fragment("playurl-durl-segments"), page=2)
    assert [part["title"] for part in listed.parts] == ["One", "Two"]
    assert [medium.part for medium in listed.media] == [2]
    assert sum(segment.bytes or 0 for segment in listed.media[0].variants[0].segments) == 1800


def test_a_song_gets_its_file() -> None:
    joined = join(post("song"), fragment("song-file"))
    assert [(medium.role, medium.part, medium.duration) for medium in joined.media] == [
        (Role.SUBTITLE, None, None),
        (Role.AUDIO, None, 200.0),
    ]
    assert joined.warnings == ["preview_only", "missing_qualities:128k,192k,320k"]


def test_what_does_not_belong_together_is_refused() -> None:
    with pytest.raises(PayloadError, match="pages: expected part 4, got 3 parts"):
        join(post("view"), fragment("playurl-silent"), page=4)
    with pytest.raises(PayloadError, match=f"bvid: expected au30001, got {BV}"):
        join(post("song"), fragment("player"))
    with pytest.raises(PayloadError, match="cid: expected one of the post's 1 parts, got 7"):
        join(post("page-no-play"), PostFragment(part_id="7", media=[]))


def test_page_of_another_post_is_refused() -> None:
    assert parse_post(case_text("bilibili", "page-video"), BV).id == BV
    with pytest.raises(PayloadError, match=f"bvid: expected BV17x411w7KC, got {BV}"):
        parse_post(case_text("bilibili", "page-video"), "BV17x411w7KC")
    with pytest.raises(PayloadError, match="data: expected a post, got none"):
        parse_post(case_text("bilibili", "pagelist"), None)


def test_keys_of_signatures() -> None:
    assert read_wbi_keys(case_text("bilibili", "nav")) == ("0a" * 16, "1b" * 16)
    with pytest.raises(PayloadError, match=r"data\.wbi_img: expected dict, got nothing"):
        read_wbi_keys('{"code": 0, "data": {}}')
    with pytest.raises(PayloadError, match=r"data\.wbi_img\.sub_url: expected the address of a file"):
        read_wbi_keys(case_text("bilibili", "nav").replace("1b1b1b.png", ".png"))


@needs_corpus
def test_keys_of_a_captured_answer() -> None:
    row = next(row for row in ROWS if row["file"] == "bilibili/nav-1.json")
    wanted = [row["expected"][name].rpartition("/")[2].partition(".")[0] for name in ("img_url", "sub_url")]
    assert list(read_wbi_keys(text_of(row))) == wanted


@pytest.mark.parametrize("code", CODES)
def test_codes(code: str) -> None:
    with pytest.raises(SeedError) as caught:
        parse_answer(json.dumps({"code": int(code), "message": "?", "data": None}))
    assert (caught.value.code, caught.value.raw_code, caught.value.raw_message) == (CODES[code], code, "?")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("该歌曲已下架", ErrorCode.REMOVED),
        ("请先登录", ErrorCode.LOGIN_REQUIRED),
        ("该视频为充电专属", ErrorCode.PAID),
        ("?", ErrorCode.PARSE_ERROR),
    ],
)
def test_unknown_codes_are_judged_by_their_words(message: str, code: ErrorCode) -> None:
    with pytest.raises(SeedError) as caught:
        parse_answer(json.dumps({"code": 76543, "message": message}))
    assert (caught.value.code, caught.value.raw_code) == (code, "76543")


def test_refusals_are_told_from_pages() -> None:
    assert str(find_refusal(case_text("bilibili", "page-risk"))) == "risk control page"
    assert str(find_refusal(case_text("bilibili", "page-banned"))) == "banned for now (412)"
    assert str(find_refusal(" \n")) == "empty answer"
    assert find_refusal(case_text("bilibili", "page-video")) is None
    risky = case_text("bilibili", "page-video").replace("<script>", "<script>window._riskdata_={};</script><script>", 1)
    assert find_refusal(risky) is None
    assert parse_answer(risky).posts[0].id == BV


@pytest.mark.parametrize(
    ("codecs", "number", "codec"),
    [
        ("avc1.640033", 7, "h264"),
        ("hvc1.1.6.L120.90", None, "h265"),
        ("dvh1.08.09", 12, "h265"),
        ("", 13, "av1"),
        ("fLaC", 0, "flac"),
        ("ec-3", 0, "eac3"),
        (None, None, None),
        ("new.1", 99, None),
    ],
)
def test_codecs(codecs: str | None, number: int | None, codec: str | None) -> None:
    assert codec_of(codecs, number) == codec


def test_a_new_quality_keeps_its_number() -> None:
    assert [name_of(number) for number in (116, 30280, 129, None)] == ["1080p60", "192k", "q129", None]


def test_frame_rates() -> None:
    assert [read_rate(value) for value in ("30.000", "60000/1001", "16/0", "", 25)] == [
        30.0,
        60000 / 1001,
        None,
        None,
        25.0,
    ]


def test_mirrors_keep_all_addresses_once() -> None:
    weak, strong = "https://xy1.mcdn.bilivideo.cn:8082/a", "https://upos-sz-mirrorcos.bilivideo.com/a"
    assert sort_mirrors([weak, strong, strong.replace("https", "http"), weak]) == [strong, weak]


def test_media_know_what_their_server_wants() -> None:
    def referers(name: str) -> set[str | None]:
        answer = Bilibili().parse_answer(case_text("bilibili", name))
        media = answer.posts[0].media if answer.fragment is None else answer.fragment.media or []
        return {variant.headers.get("Referer") for medium in media for variant in medium.variants}

    assert referers("page-video") == referers("playurl-flac") == {"https://www.bilibili.com/"}
    assert referers("dynamic-draw") == referers("player") == {None}


def test_command_prints_fragments_by_kind() -> None:
    def lines(name: str) -> list[list[str]]:
        path = next((PAYLOADS / "bilibili" / "payloads" / name).glob("input.*"))
        return [list(line) for line in read_lines(str(path), parse_answer)]

    said = ["restrictions", "warnings"]
    head = ["file", "post_id", "part_id"]
    assert lines("pagelist") == [[*head, "parts", *said]]
    assert lines("player") == [[*head, "media", *said], [*head, "chapters", *said]]
    assert lines("playurl-flac") == [[*head, "media", *said]]
    assert lines("media-card") == [["file", "page"], ["file", "leads_to"]]


@pytest.mark.parametrize(
    "text",
    [
        "nothing of the kind",
        "<html>",
        "<html><script>window.__INITIAL_STATE__={broken</script>",
        "<html><script>window.__INITIAL_STATE__=" + "[" * 100_000 + "</script>",
        "{",
        "[]",
        "[1, 2]",
        '{"code": 0}',
        '{"code": 0, "data": []}',
        '{"data":' * 100_000,
        '{"data":' * 500 + "1" + "}" * 500,
        '{"data": {"bvid": ' + "9" * 5000 + "}}",
        '{"__INITIAL_STATE__": 1}',
        '{"__playinfo__": {"data": {}}}',
    ],
    ids=lambda text: text[:30],
)
def test_what_is_no_answer_says_so(text: str) -> None:
    with pytest.raises(PayloadError):
        parse_answer(text)

"""From an outcome to its envelope, and what others read out of one."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from scraper.envelopes.envelope import Envelope, codes_of, has_record, platform_of, status_of
from scraper.envelopes.lines import read_envelopes
from scraper.envelopes.maker import EnvelopeMaker
from scraper.envelopes.messages import payload_message, problem_message, seed_message
from scraper.envelopes.outcome import Outcome
from scraper.envelopes.shape import Source, load_shape
from scraper.errors import ErrorCode, PayloadError, SeedError, UsageError
from scraper.model.post import Kind, Post
from scraper.model.ref import Ref
from scraper.model.seed import Seed
from tests.support.envelopes import LINK
from tests.support.sites import SITES

REF = Ref("tiktok", "video", "1", LINK)
ANSWER = json.dumps({"aweme_detail": {"aweme_id": "1", "desc": "own", "video": {}, "statistics": {}, "author": {}}})


class Shape:
    """Writes what it is given of a post."""

    def __init__(self, *, reads: bool = False) -> None:
        self.READS_ANSWER = reads

    def make_data(self, source: Source) -> Any:
        return {"id": source.post.id, "own": source.own and source.own["desc"], "aweme": source.aweme and source.aweme["desc"]}

    def make_frame(self, envelope: Envelope) -> Envelope:
        return {"framed": True, **envelope}


def maker(*, reads: bool = False, platforms: Any = SITES) -> EnvelopeMaker:
    return EnvelopeMaker(Shape(reads=reads), platforms, "hybrid")


def outcome(seed: Mapping[str, Any] | None = None, **values: Any) -> Outcome:
    return Outcome(seed=Seed(id="3.1", line=3, text=LINK, **(seed or {})), started=0.0, **values)


def post(platform: str = "tiktok") -> Post:
    return Post(platform=platform, id="1", kind=Kind.VIDEO, url=LINK, text="read")


@pytest.mark.parametrize(
    ("seed", "values", "router", "words"),
    [
        ({}, {"ref": REF}, "/tiktok/video", "TikTok"),
        ({"platform": "douyin"}, {"ref": REF}, "/tiktok/video", "TikTok"),
        ({"platform": "douyin"}, {}, "/douyin", "Douyin"),
        ({}, {}, "/hybrid", "the platform"),
        ({"platform": "elsewhere"}, {}, "/elsewhere", "elsewhere"),
    ],
)
def test_an_error_names_the_platform_it_came_from(seed: dict[str, Any], values: dict[str, Any], router: str, words: str) -> None:
    error = SeedError(ErrorCode.REMOVED)
    envelope = maker().make(outcome(seed, error=error, **values))
    assert (envelope["router"], envelope["code"], envelope["seed"], envelope["data"]) == (router, 404, "3.1", None)
    assert words in str(envelope["message"])


def test_an_ambiguous_error_is_said_to_be_one() -> None:
    code, raw = next(iter(SITES["tiktok"].ambiguous))
    envelope = maker().make(outcome(ref=REF, error=SeedError(code, raw_code=raw)))
    assert envelope["message"] != maker().make(outcome(ref=REF, error=SeedError(code)))["message"]


@pytest.mark.parametrize(
    ("reads", "platforms", "values", "data"),
    [
        (False, SITES, {"answer": ANSWER}, {"id": "1", "own": None, "aweme": None}),
        (True, SITES, {"answer": ANSWER}, {"id": "1", "own": "own", "aweme": "own"}),
        (True, SITES, {}, {"id": "1", "own": None, "aweme": "read"}),
        (True, {}, {"answer": ANSWER}, {"id": "1", "own": None, "aweme": None}),
    ],
)
def test_a_shape_gets_the_answer_where_it_reads_it(reads: bool, platforms: Any, values: dict[str, Any], data: Any) -> None:
    envelope = maker(reads=reads, platforms=platforms).make(outcome(ref=REF, post=post(), **values))
    assert (envelope["data"], envelope["code"], envelope["router"]) == (data, 200, "/tiktok/video")


def test_wanted_media_that_did_not_come_are_an_error() -> None:
    assert outcome().wanted == 0
    envelope = maker().make(outcome(ref=REF, post=post(), wanted=1))
    assert (envelope["code"], envelope["data"]) == (502, {"id": "1", "own": None, "aweme": None})


def test_a_repeat_names_the_very_first() -> None:
    made = maker()
    first = made.make(outcome(ref=REF, post=post()))
    other = Outcome(seed=Seed(id="9.2", line=9, text="x"), started=0.0, ref=REF)
    second = made.repeat(other, first)
    assert (second["seed"], second["duplicate_of"], second["data"]) == ("9.2", "3.1", first["data"])
    third = Outcome(seed=Seed(id="10.1", line=10, text="x"), started=0.0, ref=REF)
    assert made.repeat(third, second)["duplicate_of"] == "3.1"
    assert (other.seed_id, third.seed_id) == ("9.2", "10.1")
    assert made.frame(first) == {"framed": True, **first}


@pytest.mark.parametrize(
    ("envelope", "status", "record", "platform"),
    [
        ({"data": {}, "router": "/tiktok/video", "error": None}, 200, True, "tiktok"),
        ({"data": {}, "router": "/tiktok", "duplicate_of": "1.1"}, 200, False, "tiktok"),
        ({"data": None, "router": "/hybrid", "error": {"code": "removed"}}, 404, False, "hybrid"),
        ({"error": {"code": "private"}}, 403, False, ""),
        ({"router": None}, 200, False, ""),
    ],
)
def test_what_a_line_says(envelope: dict[str, Any], status: int, record: bool, platform: str) -> None:
    assert status_of(envelope) == status
    assert has_record(envelope) is record
    assert platform_of(envelope) == platform


def test_results_are_counted_by_status() -> None:
    assert codes_of({"ok": 3, "removed": 2, "user_gone": 4, "private": 1}) == {200: 3, 404: 6, 403: 1}
    assert codes_of({}) == {}


def test_lines_have_their_places_up_to_the_first_that_is_none() -> None:
    lines = [b'{"seed":"1.1"}\n', b'{"seed":"2.1","x":1}\n', b'{"seed":3}\n', b'{"seed":"4.1"}\n']
    assert list(read_envelopes(lines, 5)) == [(5, 20, {"seed": "1.1"}), (20, 41, {"seed": "2.1", "x": 1})]


def test_a_shape_is_loaded_by_its_name() -> None:
    known = {"raw": "pipelines.shapes.raw"}
    assert load_shape("RAW", known).READS_ANSWER is True
    with pytest.raises(UsageError, match=r"^ENVELOPE: expected"):
        load_shape("rew", known)


def sentence(code: ErrorCode, raw_message: str | None = None, **values: Any) -> str:
    return seed_message(SeedError(code, raw_message=raw_message), **({"title": "TikTok", "text": LINK} | values))


@pytest.mark.parametrize("code", ErrorCode)
def test_a_sentence_begins_with_a_capital_whatever_comes_first(code: ErrorCode) -> None:
    message = sentence(code, title="xite")
    assert ("xite" in message.lower()) is ("TikTok" in sentence(code))
    assert message[0] == '"' or message[0].isupper()
    assert message != message.upper()
    assert "xx" not in message.lower()
    assert not message[1].isupper()
    assert message.lower().count(message.lower()[-12:]) == 1


def test_a_sentence_has_the_facts_that_are_known() -> None:
    assert "(cut)" in sentence(ErrorCode.TIMEOUT, "cut")
    assert "cut" not in sentence(ErrorCode.TIMEOUT)
    assert "user" in sentence(ErrorCode.UNSUPPORTED_KIND, kind="user")
    assert "None" not in sentence(ErrorCode.UNSUPPORTED_KIND, title=None) + sentence(ErrorCode.TIMEOUT, title=None)
    assert "~" not in sentence(ErrorCode.UNSUPPORTED_KIND, title=None)
    assert sentence(ErrorCode.PRIVATE, "cut") == sentence(ErrorCode.PRIVATE)


def test_a_link_of_no_platform_is_not_sent_to_a_spider() -> None:
    alone, of_another = sentence(ErrorCode.HOST_NOT_ALLOWED), sentence(ErrorCode.HOST_NOT_ALLOWED, "use another")
    nowhere = sentence(ErrorCode.HOST_NOT_ALLOWED, title=None)
    assert len({alone, of_another, nowhere}) == 3
    assert "use another" in of_another
    assert sentence(ErrorCode.HOST_NOT_ALLOWED, "use another", title=None) == nowhere
    assert {LINK in each for each in (alone, of_another, nowhere)} == {True}


def test_the_sentence_of_an_unknown_shape_names_the_place() -> None:
    error = PayloadError("a.b", "expected str, got int")
    known, unknown = payload_message(error, title="xite"), payload_message(error, title=None)
    for message in (known, unknown):
        assert "a.b: expected str, got int" in message
        assert message[0].isupper()
        assert message.lower().count(message.lower()[-12:]) == 1
        assert not any(odd in message.lower() for odd in ("xx", "tthe", "none"))
    assert "xite" in known.lower()
    assert "xite" not in unknown.lower()
    assert "no JSON" in problem_message("no JSON")

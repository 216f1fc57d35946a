"""Saved answers of our own making, one folder each, and what reading them must give; then damage of every kind."""

import json
import random
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from scraper.commands.payload import read_lines
from scraper.core.errors import ErrorCode, PayloadError, SeedError
from scraper.core.html import find_scripts
from scraper.core.record import dump_line, to_record
from spiders.tiktok.payload.answer import parse_answer, parse_post
from spiders.tiktok.payload.outcome import find_refusal, is_firewall_page
from spiders.tiktok.payload.raw import find_state

FIXTURES = Path(__file__).parent / "fixtures"
CASES = sorted(FIXTURES.glob("*/*/input.*"))
JUNK: list[Any] = [
    None,
    0,
    -1,
    1.5,
    "",
    "x",
    "\ud800",
    True,
    [],
    {},
    [None],
    [1],
    {"a": 1},
    10**400,
    "https://[x",
    "//a",
]


def outcome(platform: str, text: str) -> dict[str, Any]:
    """Return what reading *text* ends with, as JSON."""
    try:
        answer = import_module(f"spiders.{platform}.payload.answer").parse_answer(text)
    except SeedError as error:
        return {"error": {"code": error.code, "raw_code": error.raw_code, "raw_message": error.raw_message}}
    except PayloadError as error:
        return {"error": {"code": "parse_error", "path": error.path, "problem": error.problem}}
    page = answer.page and {
        "n_items": answer.page.n_items,
        "cursor": answer.page.cursor,
        "has_more": answer.page.has_more,
    }
    return {"page": page, "posts": [to_record(post) for post in answer.posts]}


def case_text(name: str) -> str:
    return next((FIXTURES / "tiktok" / name).glob("input.*")).read_text("utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: "/".join(case.parts[-3:-1]))
def test_payload(case: Path) -> None:
    assert outcome(case.parts[-3], case.read_text("utf-8")) == json.loads(
        case.with_name("output.json").read_text("utf-8")
    )


@pytest.mark.parametrize("name", ["post-video", "post-video-reflow", "post-deleted", "post-private", "post-age"])
def test_kept_state_reads_like_the_page(name: str) -> None:
    state = find_state(case_text(name))
    assert state is not None
    assert "viewer" not in state
    assert outcome("tiktok", state) == outcome("tiktok", case_text(name))


def test_page_of_another_post_is_refused() -> None:
    assert parse_post(case_text("post-video"), "7300000000000000001").id == "7300000000000000001"
    with pytest.raises(PayloadError, match=r"itemStruct\.id: expected 7300000000000000099, got 7300000000000000001"):
        parse_post(case_text("post-video"), "7300000000000000099")


def test_post_is_chosen_from_a_list() -> None:
    assert parse_post(case_text("list-search-web"), "7300000000000000003").kind == "image"


def test_profile_is_no_post() -> None:
    with pytest.raises(PayloadError, match=r"itemInfo\.itemStruct: expected dict, got nothing"):
        parse_post(case_text("profile-empty"), None)


@pytest.mark.parametrize("text", ["", " \n"])
def test_empty_answer_is_a_challenge(text: str) -> None:
    assert find_refusal(text) == "empty answer"
    with pytest.raises(SeedError) as caught:
        parse_answer(text)
    assert caught.value.code is ErrorCode.CHALLENGE


def test_firewall_page_is_told_from_a_post() -> None:
    assert is_firewall_page(case_text("firewall-page"))
    assert not is_firewall_page(case_text("post-video"))
    assert find_refusal(case_text("post-video")) is None
    assert find_refusal(case_text("captcha")) == "captcha"


def test_page_without_state_has_none() -> None:
    assert find_state("<html><script>var a = 1</script></html>") is None


@pytest.mark.parametrize(
    "text",
    [
        "nothing of the kind",
        "<html>",
        "<html><script id='SIGI_STATE'>{broken</script>",
        "<html><script>window['SIGI_STATE']={broken</script>",
        "{",
        "[]",
        "[1, 2]",
        '{"a": NaN}',
        "[" * 100_000,
        '{"data":' * 100_000,
        '{"data":' * 500 + "1" + "}" * 500,
        '<html><script id="__UNIVERSAL_DATA_FOR_REHYDRATION__">' + "[" * 100_000 + "</script>",
        '{"itemInfo": {"itemStruct": ' + "9" * 5000 + "}}",
    ],
    ids=lambda text: text[:30],
)
def test_what_is_no_answer_says_so(text: str) -> None:
    with pytest.raises(PayloadError):
        parse_answer(text)


def test_lone_surrogates_and_nan_do_not_reach_the_record() -> None:
    text = (
        case_text("post-restricted")
        .replace('"One pot #soup"', '"a\\ud800b"')
        .replace('"playCount": 400', '"playCount": NaN')
    )
    record = to_record(parse_answer(text).posts[0])
    assert record["text"] == "a\ufffdb"
    assert isinstance(record["stats"], dict)
    assert record["stats"]["plays"] is None


def json_of(page: str) -> list[str]:
    return [body for name, body in find_scripts(page) if name]


def damage(data: Any, chance: random.Random) -> None:
    """Remove or replace something anywhere in *data*."""
    spots: list[tuple[Any, Any]] = []
    stack = [data]
    while stack:
        node = stack.pop()
        pairs = list(node.items() if isinstance(node, dict) else enumerate(node))
        spots += [(node, key) for key, _ in pairs]
        stack += [value for _, value in pairs if isinstance(value, dict | list)]
    if not spots:
        return
    node, key = chance.choice(spots)
    if chance.random() < 0.4:
        del node[key]
    else:
        node[key] = chance.choice(JUNK)


@pytest.mark.parametrize("seed", range(8))
def test_damaged_answers_end_in_posts_or_known_errors(seed: int) -> None:
    chance = random.Random(seed)
    texts = [case.read_text("utf-8") for case in CASES]
    states = [text for page in texts for text in (json_of(page) if page.startswith("<") else [page])]
    for _ in range(400):
        data = json.loads(chance.choice(states))
        for _ in range(chance.choice((1, 1, 2, 8))):
            damage(data, chance)
        try:
            posts = parse_answer(json.dumps(data)).posts
        except (PayloadError, SeedError) as error:
            str(error).encode()
            continue
        for post in posts:
            dump_line(to_record(post)).encode()


def test_command_prints_records_pages_and_errors(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text(case_text("list-search-web"), "utf-8")
    (tmp_path / "gone.html").write_bytes(case_text("post-deleted").encode() + b"\xff")
    (tmp_path / "odd.json").write_text("{}", "utf-8")
    lines = [
        list(read_lines(str(tmp_path / name), parse_answer)) for name in ("list.json", "gone.html", "odd.json", "none")
    ]
    assert [line.get("id") for line in lines[0]] == ["7300000000000000001", "7300000000000000003", None]
    assert lines[0][-1]["page"] == {"n_items": 2, "cursor": 12, "has_more": True}
    assert lines[1][0]["error"] == {"code": "removed", "raw_code": "10204", "message": "item doesn't exist"}
    assert lines[2][0]["error"]["code"] == "parse_error"
    assert lines[3][0]["error"]["code"] == "unreadable"


@pytest.mark.parametrize(
    ("arguments", "code", "shows"),
    [
        (["tiktok", "post-video/input.html", "post-deleted/input.html"], 0, '"code":"removed"'),
        (["tiktok", "none.json", "post-video/input.html"], 1, '"id":"7300000000000000001"'),
        (["nowhere", "post-video/input.html"], 2, "nowhere: no such platform: expected one of"),
        (["tiktok"], 2, "expected a platform"),
    ],
)
def test_command_says_by_its_exit_code_how_it_went(arguments: list[str], code: int, shows: str) -> None:
    command = [sys.executable, "-m", "scrapy", "payload", *arguments[:1]]
    command += [str(FIXTURES / "tiktok" / name) for name in arguments[1:]]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=Path(__file__).parents[1])
    assert shows in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == code

"""Saved answers of our own making, one folder each, and what reading them must give; then damage of every kind."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from scraper.commands.payload import read_lines
from scraper.errors import PayloadError, SeedError
from scraper.model.record import to_record
from scraper.platform.registry import load
from scraper.text.jsonline import dump_line
from tests.platforms.payloads import CASES, PAYLOADS, case_text, outcome
from tests.support.damage import damage, states_of

SITES = load(("spiders",))


@pytest.mark.parametrize("case", CASES, ids=lambda case: "/".join((case.parts[-4], case.parts[-2])))
def test_payload(case: Path) -> None:
    assert outcome(case.parts[-4], case.read_text("utf-8")) == json.loads(
        case.with_name("output.json").read_text("utf-8")
    )


@pytest.mark.parametrize("name", SITES)
def test_damaged_answers_end_in_posts_or_known_errors(name: str) -> None:
    chance = random.Random(name)
    states = [state for case in CASES if case.parts[-4] == name for state in states_of(case.read_text("utf-8"))]
    for _ in range(2000):
        data = json.loads(chance.choice(states))
        for _ in range(chance.choice((1, 1, 2, 8))):
            damage(data, chance)
        try:
            posts = SITES[name].parse_answer(json.dumps(data)).posts
        except (PayloadError, SeedError) as error:
            str(error).encode()
            continue
        for post in posts:
            dump_line(to_record(post)).encode()


def test_command_prints_records_pages_and_errors(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text(case_text("tiktok", "list-search-web"), "utf-8")
    (tmp_path / "gone.html").write_bytes(case_text("tiktok", "post-deleted").encode() + b"\xff")
    (tmp_path / "odd.json").write_text("{}", "utf-8")
    lines = [
        list(read_lines(str(tmp_path / name), SITES["tiktok"].parse_answer))
        for name in ("list.json", "gone.html", "odd.json", "none")
    ]
    assert [line.get("id") for line in lines[0]] == ["7300000000000000001", "7300000000000000003", None]
    assert lines[0][-1]["page"] == {"n_items": 2, "cursor": 12, "has_more": True, "id": None, "title": None}
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
    command += [str(PAYLOADS / "tiktok" / "payloads" / name) for name in arguments[1:]]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=Path(__file__).parents[2])
    assert shows in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == code

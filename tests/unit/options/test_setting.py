"""A row reads what a person wrote within its bounds, and shows nothing that is a secret."""

import os
from pathlib import Path
from typing import Any

import pytest

from scraper.errors import UsageError
from scraper.options.catalogue import SETTINGS
from scraper.text.setting import Setting, choice, folder, number, path, program, size, switch, text

KIND = choice("KIND", "one", ("one", "two"), "which")
WORD = choice("WORD", "", ("one",), "which", is_optional=True)
COUNT = number("COUNT", 3, "how many", 1)
ROOM = size("ROOM", 2048, "bytes", 1)
IS_ON = switch("IS_ON", True, "whether")
FILE = path("FILE", "a file")
PLACE = folder("PLACE", "out", "where")
TOOL = program("TOOL", "a program")
SECRET = text("SECRET", "", "address", "where", is_secret=True)


@pytest.mark.parametrize(
    ("row", "given", "value"),
    [
        (KIND, {}, "one"), (KIND, {"KIND": " Two "}, "two"), (KIND, {"KIND": None}, "one"),
        (WORD, {}, ""), (WORD, {"WORD": "ONE"}, "one"),
        (COUNT, {"COUNT": "1_000"}, 1000), (COUNT, {"COUNT": 7}, 7),
        (ROOM, {"ROOM": "2K"}, 2048), (ROOM, {}, 2048),
        (IS_ON, {"IS_ON": "off"}, False), (IS_ON, {"IS_ON": True}, True),
        (FILE, {}, None), (FILE, {"FILE": "a b.txt"}, Path("a b.txt")),
        (PLACE, {}, Path("out")), (PLACE, {"PLACE": Path("x")}, Path("x")),
        (TOOL, {}, None), (TOOL, {"TOOL": "./chrome"}, "./chrome"),
        (SECRET, {"SECRET": " x "}, "x"),
    ],
)  # fmt: skip
def test_a_row_reads_its_type(row: Setting[Any], given: dict[str, object], value: object) -> None:
    assert row.read(given) == value


@pytest.mark.parametrize(
    ("row", "value", "line"),
    [
        (KIND, "tow", "KIND: expected one of one, two, got 'tow': did you mean KIND=two?"),
        (COUNT, "0", "COUNT: expected at least 1, got 0: write COUNT=1 or more"),
        (COUNT, "many", "COUNT: expected a whole number, got 'many': write COUNT=1 or more"),
        (ROOM, "0", "ROOM: expected a number of bytes, got '0': write ROOM=500K, 2M or the like"),
        (IS_ON, "perhaps", "IS_ON: expected 1 or 0, got 'perhaps': write IS_ON=1 or IS_ON=0"),
        (PLACE, " ", "PLACE: expected a folder, got nothing: write PLACE=out"),
        (PLACE, "~nobody-has-this-name/out", "PLACE: '~nobody-has-this-name' is no home folder on this machine: write the whole path"),
    ],
)
def test_what_is_out_of_bounds_is_one_line(row: Setting[Any], value: str, line: str) -> None:
    with pytest.raises(UsageError) as caught:
        row.read({row.name: value})
    assert str(caught.value) == line


@pytest.mark.parametrize("name", [name for name, row in SETTINGS.items() if row.kind in ("path", "folder", "program")])
def test_every_path_expands_the_home_folder(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert str(SETTINGS[name].read({name: "~/a/~b"})) == f"{tmp_path}/a/~b"
    assert str(SETTINGS[name].read({name: f"~{os.environ.get('USER') or 'root'}/x"})).startswith("/")
    assert str(SETTINGS[name].read({name: "a/~"})) == "a/~"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("", ""),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://me:s3cret@proxy:8080", "http://proxy:8080/…"),
        ("redis://:s3/cret@host/0?run=x", "…"),
        ("redis://host:6379/0?run=s3cret", "redis://host:6379/…"),
        ("ws://127.0.0.1:9222/devtools/browser/s3cret?token=s3cret", "ws://127.0.0.1:9222/…"),
        ("me:s3cret@proxy:8080", "…"),
        ("notify --token s3cret", "…"),
    ],
)
def test_a_secret_is_shown_by_scheme_and_host(value: str, shown: str) -> None:
    assert SECRET.show(value) == shown
    assert FILE.show(value) == value


def test_what_may_hold_a_secret_never_comes_into_run_json() -> None:
    secrets = {name for name, row in SETTINGS.items() if row.is_secret}
    assert secrets == {"ALERT_COMMAND", "BROWSER_CDP", "LEDGER", "PROXY"}
    recorded = {name for name, row in SETTINGS.items() if row.is_recorded}
    assert not secrets & recorded
    assert {name for name in recorded if SETTINGS[name].kind in ("path", "folder")} == {"CA_FILE"}

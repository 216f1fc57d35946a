"""The environment stands before the configuration file, and each fault of the file is one line."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from scraper.errors import UsageError
from scraper.options.config_file import read_values
from scraper.settings import defaults


def write(folder: Path, text: str) -> Path:
    file = folder / "share-link-scraper/config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    file.chmod(0o600)
    return file


def home(folder: Path, **more: str) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(folder), **more}


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    file = write(tmp_path, 'media = "none"\nOPEN_SEEDS = 3\npolite = false\ndownload_timeout = 9\nlimit_rate = "2M"\n')
    found = read_values(defaults, home(tmp_path, SCRAPER_MEDIA="all", SCRAPER_CODEC="av1"))
    assert found.values == {"MEDIA": "all", "OPEN_SEEDS": 3, "POLITE": False, "DOWNLOAD_TIMEOUT": 9, "LIMIT_RATE": "2M", "CODEC": "av1"}
    assert found.sources["MEDIA"] == "environment SCRAPER_MEDIA"
    assert found.sources["OPEN_SEEDS"] == f"file {file}"
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("environ", "text", "value", "source"),
    [
        ({}, "", None, None),
        ({"https_proxy": "http://a:1"}, "", "http://a:1", "environment https_proxy"),
        ({"HTTPS_PROXY": "http://a:1"}, "", "http://a:1", "environment HTTPS_PROXY"),
        ({"https_proxy": "http://a:1"}, 'proxy = "http://b:2"', "http://b:2", "file"),
        ({"https_proxy": "http://a:1", "SCRAPER_PROXY": ""}, 'proxy = "http://b:2"', "", "environment SCRAPER_PROXY"),
    ],
)
def test_where_the_proxy_comes_from(tmp_path: Path, environ: Mapping[str, str], text: str, value: str | None, source: str | None) -> None:
    write(tmp_path, text)
    found = read_values(defaults, home(tmp_path, **environ))
    assert found.values.get("PROXY") == value
    assert (found.sources.get("PROXY") or "").partition(" /")[0] == (source or "")


def test_sessions_stand_where_the_state_of_programs_does(tmp_path: Path) -> None:
    assert read_values(defaults, home(tmp_path)).values == {}
    assert read_values(defaults, home(tmp_path, XDG_STATE_HOME="/state")).values == {"SESSION_DIR": "/state/scraper/sessions"}


def test_a_file_that_was_named_takes_the_place_of_the_users_own(tmp_path: Path) -> None:
    write(tmp_path, 'media = "none"')
    (second := tmp_path / "second.toml").write_text('codec = "av1"')
    (third := tmp_path / "third.toml").write_text('codec = "h265"')
    environ = home(tmp_path, SCRAPER_CONFIG=str(second))
    assert read_values(defaults, environ).values == {"CODEC": "av1"}
    assert read_values(defaults, environ, str(third)).values == {"CODEC": "h265"}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('medai = "best"', ["'medai': is no setting: did you mean media?"]),
        ("zzz = 1", ["'zzz': is no setting: leave it out"]),
        ("Media = 1", ["'Media': is no setting: did you mean media?"]),
        ('media = "bset"\nopen_seeds = "many"', ["MEDIA: expected one of best, none, all, got 'bset': did you mean MEDIA=best?", "OPEN_SEEDS: expected a whole number"]),
        ("open_seeds = true", ["OPEN_SEEDS: expected a whole number, got 'True'"]),
        ("media = ['best']", ["media: expected a text, a number, true or false, got a list: correct it"]),
        ("[media]\nx = 1", ["media: expected a text, a number, true or false, got a table: correct it"]),
        ("media = 2026-01-01", ["media: expected a text, a number, true or false, got a time: correct it"]),
        ('media = "none"\nMEDIA = "all"', ["MEDIA: stands there twice: leave one out"]),
        ("media: none", ["is no TOML: "]),
        ("extensions = {}", ["'extensions': is no setting: leave it out"]),
    ],
)  # fmt: skip
def test_each_fault_is_a_line_with_the_file(tmp_path: Path, text: str, lines: list[str]) -> None:
    file = write(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        read_values(defaults, home(tmp_path))
    found = str(caught.value).splitlines()
    assert len(found) == len(lines)
    assert all(line.startswith(f"{file}: {words}") for line, words in zip(found, lines, strict=True)), found
    assert read_values(defaults, home(tmp_path, SCRAPER_CODEC="av1"), is_strict=False).values == {"CODEC": "av1"}


@pytest.mark.parametrize(
    ("name", "says"),
    [("none.toml", "cannot be read: No such file or directory"), (".", "cannot be read: Is a directory"), ("~nobody-has-this-name/x", "is no home folder")],
)
def test_a_file_that_was_named_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, says: str) -> None:
    monkeypatch.chdir(tmp_path)
    cases: tuple[tuple[dict[str, str], str | None], ...] = (({}, name), ({"SCRAPER_CONFIG": name}, None))
    for arguments in cases:
        with pytest.raises(UsageError, match=says) as caught:
            read_values(defaults, *arguments)
        assert "\n" not in str(caught.value)


def test_text_that_is_no_utf8_is_one_line(tmp_path: Path) -> None:
    file = write(tmp_path, "")
    file.write_bytes(b'media = "\xff"')
    with pytest.raises(UsageError, match="expected text in UTF-8"):
        read_values(defaults, home(tmp_path))


@pytest.mark.parametrize(
    ("text", "mode", "names"),
    [
        ('proxy = "http://me:pw@a:1"\nledger = "redis://:pw@a"', 0o644, "ledger, proxy"),
        ('proxy = "http://me:pw@a:1"', 0o640, "proxy"),
        ('proxy = "http://me:pw@a:1"', 0o600, None),
        ('proxy = ""\nmedia = "none"', 0o644, None),
    ],
)
def test_a_secret_that_others_can_read_is_a_warning(tmp_path: Path, text: str, mode: int, names: str | None) -> None:
    file = write(tmp_path, text)
    file.chmod(mode)
    warnings = read_values(defaults, home(tmp_path)).warnings
    assert len(warnings) == (0 if names is None else 1)
    for line in warnings:
        assert line.endswith(f"may hold a secret: type `chmod 600 {file}`")
        assert all(name in line for name in str(names).split(", "))
        assert "pw" not in line

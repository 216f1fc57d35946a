"""``scrapy settings --list``, and ``--config FILE`` of every command."""

import json
from pathlib import Path

import pytest

from scraper.options.catalogue import SETTINGS
from tests.support.crawling import scrapy

URL = "https://www.tiktok.com/@lab.video_square/video/7520666970962987367"


def test_the_list_says_what_is_set_and_where_it_comes_from(tmp_path: Path) -> None:
    (tmp_path / "share-link-scraper").mkdir()
    file = tmp_path / "share-link-scraper/config.toml"
    file.write_text('codec = "av1"\nopen_seeds = 3\nledger = "redis://me:s3cret@host/0?run=x"\n')
    env = {"SCRAPER_CONFIG": "", "XDG_CONFIG_HOME": str(tmp_path), "SCRAPER_OPEN_SEEDS": "4", "https_proxy": "http://me:s3cret@proxy:1"}
    done = scrapy("settings", "--list", "--json", "-s", "MEDIA=none", env=env)
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert f"{file}: others can read it, and ledger may hold a secret" in done.stderr
    assert "s3cret" not in done.stdout + done.stderr
    found = {row["name"]: (row["value"], row["source"]) for row in map(json.loads, done.stdout.splitlines())}
    assert list(found) == list(SETTINGS)
    assert found["MEDIA"] == ("none", "-s")
    assert found["CODEC"] == ("av1", f"file {file}")
    assert found["OPEN_SEEDS"] == ("4", "environment SCRAPER_OPEN_SEEDS")
    assert found["LEDGER"] == ("redis://host/…", f"file {file}")
    assert found["PROXY"] == ("http://proxy:1/…", "environment https_proxy")
    assert found["RAW"] == ("1", "default")


def test_the_list_for_people_has_a_line_a_setting() -> None:
    done = scrapy("settings", "--list")
    assert (done.returncode, done.stderr) == (0, "")
    assert "](" not in done.stdout
    assert set(SETTINGS) <= {line.partition(" ")[0] for line in done.stdout.splitlines()}


def test_a_value_is_still_printed_alone(tmp_path: Path) -> None:
    (file := tmp_path / "mine.toml").write_text('codec = "av1"\ndownload_timeout = 7\n')
    assert scrapy("settings", "--get", "CODEC", "--config", str(file)).stdout == "av1\n"
    assert scrapy("settings", "--getint", "DOWNLOAD_TIMEOUT", "--config", str(file)).stdout == "7\n"
    assert scrapy("settings", "--get", "CODEC", "--config", str(file), "-s", "CODEC=any").stdout == "any\n"


@pytest.mark.parametrize(
    "command",
    [
        ("crawl", "twitter", "-a", f"urls={URL}"), ("get", URL), ("batch", "links.txt"), ("resolve", URL), ("doctor", "--offline"),
        ("settings", "--list"), ("seeds", "stats"), ("status",), ("report",), ("summary", "out"), ("forget", "@a"), ("links", URL),
        ("payload", "tiktok", "x"), ("cookies",), ("schedule", "check"),
    ],
    ids=lambda command: command[0],
)  # fmt: skip
def test_every_command_refuses_a_file_that_is_wrong(tmp_path: Path, command: tuple[str, ...]) -> None:
    (file := tmp_path / "mine.toml").write_text("medai = 1")
    done = scrapy(*command, "--config", str(file))
    line = f"scrapy {command[0]}: {file}: 'medai': is no setting: did you mean media?\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", line)


def test_an_output_folder_below_home_is_there_and_no_folder_is_called_tilde(tmp_path: Path) -> None:
    (home := tmp_path / "home").mkdir()
    (home / "links.txt").write_text("no link\n")
    (file := tmp_path / "mine.toml").write_text('output_dir = "~/out"\nlog_file = "~/log.txt"\n')
    done = scrapy("crawl", "twitter", "-a", "seeds=~/links.txt", "--config", str(file), env={"HOME": str(home), "XDG_STATE_HOME": ""})
    assert done.returncode == 1, done.stderr
    assert f"everything is in {home}/out" in done.stdout
    assert (home / "out/envelopes.jsonl").exists()
    assert "no_url" in (home / "out/envelopes.jsonl").read_text()
    assert (home / "log.txt").exists()
    assert not Path("~").exists()

"""What a person sees while a run goes on."""

import re
from pathlib import Path

from scraper.runtime.progress import duration
from tests.support.crawling import crawl, in_terminal
from tests.support.labs import StartLab, many


def test_a_terminal_shows_counts_rate_time_left_and_files(start_lab: StartLab, tmp_path: Path) -> None:
    """TikTok's, as X names no size."""
    lab = start_lab("--many", "30", "--list-many", "--fault", "slow-20000:tos-useast2a")
    seeds = tmp_path / "seeds.txt"
    seeds.write_text("\n".join(post["url"] for post in lab.posts_of("tiktok")[-30:]))
    settings = {"PROXY": lab.proxy, "CA_FILE": lab.ca_file, "OUTPUT_DIR": tmp_path, "SESSION_DIR": tmp_path, "POLITE": "0"}
    options = [word for name, value in settings.items() for word in ("-s", f"{name}={value}")]
    shown = in_terminal("crawl", "tiktok", "-a", f"seeds={seeds}", *options)
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)
    assert re.search(r"ok +failed +open +of +seeds/s +left", text)
    assert re.search(r"\d+ +0 +\d+ +30 +\d+\.\d +\d:\d\d:\d\d", text)
    assert re.search(r"\d+(\.\d)? (bytes|kB) of +19\.1 kB  tiktok_\d+_1", text)
    assert "30 of 30 seeds ok" in text
    assert "seed 1.1: ok" in text


def test_elsewhere_a_line_now_and_then(start_lab: StartLab, tmp_path: Path) -> None:
    lab = start_lab("--many", "40", "--list-many", "--latency", "300")
    seeds = many(lab, 40, tmp_path / "seeds.txt")
    done = crawl(lab, tmp_path, "-a", f"seeds={seeds}", MEDIA="none", LOGSTATS_INTERVAL=1)
    assert re.search(r"\d+ ok, 0 failed, \d+ open of 40 seeds, \d+\.\d/s", done.stderr)
    assert "\x1b" not in done.stderr


def test_durations_are_told_as_a_clock() -> None:
    assert [duration(seconds) for seconds in (0, 59.9, 61, 3600, 90061)] == ["0:00:00", "0:00:59", "0:01:01", "1:00:00", "25:01:01"]

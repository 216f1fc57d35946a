"""Schedules: valid files, due times, and the jobs that a tick starts on a Scrapyd."""

import argparse
import json
import os
import signal
import threading
import tomllib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy.settings import Settings

from scraper.commands.schedule import Command
from scraper.crawl.preflight import find_faults as find_value_faults
from scraper.errors import UsageError
from scraper.scheduling.cron import CronTimes
from scraper.scheduling.due import job_id, manual_id, name_of, next_start, remember, start_of
from scraper.scheduling.loop import next_wake
from scraper.scheduling.schedule import KEYS, Schedule, ScheduleEntry, parse_schedule
from scraper.scheduling.scrapyd import RefusedError, Scrapyd, ScrapydError, read_credentials
from scraper.scheduling.ticks import BusyError, TickReport, locked, read_memories, run_now, tick
from tests.support.crawling import ROOT, scrapy, wait_for
from tests.support.schedules import forget_an_hour
from tests.support.scrapydpeer import PROJECT, Peer, PeerServer

SPIDERS = ("hybrid", "tiktok", "twitter")
SETTINGS = ("OUTPUT_DIR", "MEDIA", "PROXY", "RAW")
DAILY = """
[[schedule]]
name = "daily"
spider = "hybrid"
seeds = "/lists/daily.txt"
cron = "30 4 * * *"
"""
T = datetime(2026, 11, 28, 4, 30, tzinfo=UTC)
"""A due time of DAILY."""


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def parse(text: str) -> Schedule:
    return parse_schedule(tomllib.loads(text), SPIDERS, SETTINGS, find_faults)


def find_faults(given: Mapping[str, str]) -> list[str]:
    return [f"{name}: is wrong" for name, value in given.items() if value == "wrong"]


def entry_of(more: str = "", text: str = DAILY) -> ScheduleEntry:
    schedule = parse(text + more)
    assert schedule.problems == ()
    return schedule.entries[0]


# The file


def test_a_whole_entry() -> None:
    text = f"""
    state = "kept.json"
    [scrapyd]
    url = "https://scrapyd.example:6801/behind/"
    project = "mine"
    {DAILY}
    timezone = "Europe/Berlin"
    jitter = "10m"
    overlap = "queue"
    missed_within = "6h"
    settings.OUTPUT_DIR = "/out/daily"
    settings.RAW = false
    settings.MAX_HEIGHT = 720
    """
    schedule = parse(text)
    assert schedule.problems == ()
    assert (schedule.url, schedule.project, schedule.state) == ("https://scrapyd.example:6801/behind", "mine", "kept.json")
    assert schedule.entries == (
        ScheduleEntry(
            name="daily", spider="hybrid", arguments={"seeds": "/lists/daily.txt"},
            settings={"OUTPUT_DIR": "/out/daily", "RAW": "0", "MAX_HEIGHT": "720"},
            times=CronTimes("30 4 * * *", ZoneInfo("Europe/Berlin")), jitter=minutes(10), overlap="queue",
            missed_within=timedelta(hours=6),
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (('name = "daily"', 'name = "Täglich"'), "entry 1: name: expected small letters, digits, - and _, 63 at most, got 'T\\xe4glich'"),
        (('name = "daily"', ""), "entry 1: name: expected small letters, digits, - and _, 63 at most, got nothing"),
        (('"hybrid"', '"hybird"'), "daily: spider: expected one of hybrid, tiktok, twitter, got 'hybird': did you mean hybrid?"),
        (('"/lists/daily.txt"', '"lists/daily.txt"'), "daily: seeds: expected a whole path or a URL, got 'lists/daily.txt': Scrapyd runs in a folder of its own"),
        (('"/lists/daily.txt"', '"https://"'), "daily: seeds: expected a whole path or a URL"),
        (('"/lists/daily.txt"', '""'), "daily: seeds: expected a text or a number, got ''"),
        (('"/lists/daily.txt"', "[1]"), "daily: seeds: expected a text or a number, got '[1]'"),
        (('seeds = "/lists/daily.txt"', ""), "daily: seeds: expected a list, got nothing"),
        (('seeds = "/lists/daily.txt"', 'arguments.shard = "1/2"'), "daily: seeds: expected a list, got nothing"),
        (("seeds =", 'arguments.shard = "3/2"\nseeds ='), "daily: shard: expected a number from 1 to N, got 3/2"),
        (('seeds = "/lists/daily.txt"', "arguments = 3"), "daily: arguments: expected a table, got '3'"),
        (("seeds =", 'arguments.urls = "LINK"\nseeds ='), "daily: urls and seeds: expected one of them, got both: leave one out"),
        (('seeds = "/lists/daily.txt"', 'arguments = { urls = "LINK", column = "2" }'), "daily: column: expected with seeds, got it with urls: leave it out"),
        (('"/lists/daily.txt"', '"http://a..b/list"'), "daily: seeds: expected a whole path or a URL"),
        (("cron =", 'settings.MEDIA = "wrong"\ncron ='), "daily: settings.MEDIA: is wrong"),
        (("seeds =", 'arguments.seeds = "/x"\nseeds ='), "daily: seeds: stands under arguments as well: leave one out"),
        (("seeds =", "arguments.seed ="), "daily: arguments.seed: is no key: did you mean seeds?"),
        (("seeds =", f'arguments.urls = "{"x" * 100_001}"\n#'), "daily: arguments.urls: expected 100000 bytes at most: put links into a file"),
        (('"30 4 * * *"', '"30 4 * *"'), "daily: cron: expected five fields (minute hour day month weekday), got '30 4 * *'"),
        (('"30 4 * * *"', '"0 30 4 * * *"'), "daily: cron: expected five fields"),
        (('"30 4 * * *"', '"@daily"'), "daily: cron: expected five fields"),
        (('"30 4 * * *"', '"61 4 * * *"'), "daily: cron: '61 4 * * *': bad minute: expected minute hour day month weekday"),
        (('"30 4 * * *"', '"0 0 30 2 *"'), "daily: cron: '0 0 30 2 *': bad day-of-month"),
        (("cron =", 'timezone = "Europe/Berlinn"\ncron ='), "daily: timezone: expected a name of the IANA database, got 'Europe/Berlinn': did you mean Europe/Berlin?"),
        (("cron =", 'timezone = "../../etc/passwd"\ncron ='), "daily: timezone: expected a name"),
        (("cron =", "timezone = 3\ncron ="), "daily: timezone: expected a name"),
        (("cron =", "crom = 1\ncron ="), "daily: crom: is no key: did you mean cron?"),
        (("cron =", 'jitter = "two"\ncron ='), "daily: jitter: expected a time span, got 'two': write jitter = \"90s\""),
        (("cron =", 'jitter = "25h"\ncron ='), "daily: jitter: expected 1d at most"),
        (("cron =", 'overlap = "que"\ncron ='), "daily: overlap: expected one of skip, queue, got 'que': did you mean overlap=queue?"),
        (("cron =", 'missed = "never"\ncron ='), "daily: missed: expected one of run, skip, got 'never'"),
        (("cron =", 'missed = "skip"\nmissed_within = "1h"\ncron ='), 'daily: missed_within: means nothing beside missed = "skip"'),
        (("cron =", "settings.OUTPUTDIR = 1\ncron ="), "daily: settings.OUTPUTDIR: is no setting: did you mean OUTPUT_DIR?"),
        (("cron =", "settings.media = 1\ncron ="), "daily: settings.media: is no setting: did you mean MEDIA?"),
        (("cron =", 'settings.OUTPUT_DIR = "out"\ncron ='), "daily: settings.OUTPUT_DIR: expected a whole path, got 'out'"),
        (("cron =", 'settings.PROXY = "http://me:geheim@host:1"\ncron ='), "daily: settings.PROXY: a secret would stand in the process list"),
        (("cron =", 'settings.PROXY = "me:geheim@host:1"\ncron ='), "daily: settings.PROXY: a secret would stand in the process list"),
        (("cron =", 'settings.FTP_PASSWORD = "geheim"\ncron ='), "daily: settings.FTP_PASSWORD: a secret would stand in the process list"),
        (("cron =", 'settings.ALERT_COMMAND = "curl -u bob:geheim https://a.example"\ncron ='), "daily: settings.ALERT_COMMAND: it may hold a secret, and would stand in the process list: set SCRAPER_ALERT_COMMAND in Scrapyd's environment"),
        (("cron =", 'settings.USER_AGENT = "see https://a.example/?key=geheim"\ncron ='), "daily: settings.USER_AGENT: a secret would stand in the process list: give it to Scrapyd's environment"),
        (('"/lists/daily.txt"', '"https://a.example/list?id=1&access_token=geheim"'), "daily: seeds: a secret would stand in the process list: put the links into a file"),
        (('"/lists/daily.txt"', '"https://a.example/list?X-Amz-Signature=geheim"'), "daily: seeds: a secret would stand in the process list"),
        (('"/lists/daily.txt"', '"https://me:geheim@host/list"'), "daily: seeds: a secret would stand in the process list"),
    ],
)  # fmt: skip
def test_each_problem_is_one_line_and_costs_its_entry_alone(change: tuple[str, str], expected: str) -> None:
    other = DAILY.replace("daily", "other") + 'settings.OUTPUT_DIR = "/out/other"\n'
    schedule = parse(DAILY.replace(*change) + other)
    (line,) = schedule.problems
    assert line.startswith(expected)
    assert "geheim" not in line
    assert [entry.name for entry in schedule.entries] == ["other"]


def test_all_problems_are_told_at_once() -> None:
    text = DAILY.replace("30 4", "30 25").replace("hybrid", "none") + 'timezone = "Mars"\njitter = -1\nfoo = 1\n'
    assert [line.split(":")[1].strip() for line in parse(text).problems] == ["foo", "spider", "timezone", "cron", "jitter"]


def test_all_that_is_wrong_with_the_arguments_is_told_at_once() -> None:
    text = DAILY.replace("/lists", "lists") + 'arguments = { shard = "5/4", colum = "url", urls = [] }\n'
    assert [line.split(":")[1].strip() for line in parse(text).problems] == ["arguments.colum", "arguments.urls", "seeds", "shard"]


@pytest.mark.parametrize("query", ["keyword=cats", "monkey=1", "_t=8x&_r=1", "design=2", "s=20&t=abc", "token=", "compass=north"])
def test_what_only_looks_a_little_like_a_secret_may_stand_there(query: str) -> None:
    assert entry_of(text=DAILY.replace("/lists/daily.txt", f"https://a.example/list?{query}")).arguments["seeds"].endswith(query)


def test_two_entries_share_neither_name_nor_folder() -> None:
    folder = 'settings.OUTPUT_DIR = "/out/%s"\n'
    text = DAILY + folder % "a" + DAILY + DAILY.replace("daily", "second") + folder % "x/../a"
    schedule = parse(text + DAILY.replace("daily", "third") + DAILY.replace("daily", "fourth"))
    assert [entry.name for entry in schedule.entries] == ["daily", "third"]
    assert [line.partition(":")[0] for line in schedule.problems] == ["daily", "second", "fourth"]
    assert "another entry has it" in schedule.problems[0]
    assert "daily writes there too (/out/x/../a)" in schedule.problems[1]
    assert "third writes there too (Scrapyd's own OUTPUT_DIR" in schedule.problems[2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[scrapyd]\nurl = "ftp://host"', "scrapyd.url: expected an address, got 'ftp://host'"),
        ('[scrapyd]\nurl = "http://host:x"', "scrapyd.url: expected an address"),
        ('[scrapyd]\nurl = "http://a..b:6800"', "scrapyd.url: expected an address, got 'http://a..b:6800'"),
        ('[scrapyd]\nurl = "http://host/\u00fc"', "scrapyd.url: expected an address"),
        ('[scrapyd]\nurl = "http://host/a b"', "scrapyd.url: expected an address"),
        ('[scrapyd]\nurl = "http://me:geheim@host"', "scrapyd.url: expected no user and password"),
        ('[scrapyd]\nproject = "a b"', "scrapyd.project: expected a name, got 'a b'"),
        ("[scrapyd]\nulr = 1", "scrapyd.ulr: is no key: did you mean url?"),
        ("scrapyd = 1", "scrapyd: expected a table"),
        ("[schedule]\nname = 1", "schedule: expected tables: write [[schedule]]"),
        ("state = 1", "state: expected the path of a file"),
    ],
)
def test_what_no_entry_can_do_without(text: str, expected: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(expected)
    assert "geheim" not in line


# Times

BERLIN = ZoneInfo("Europe/Berlin")


def times(expression: str, start: datetime, count: int) -> list[str]:
    found = islice(CronTimes.parse(expression, "Europe/Berlin").after(start), count)
    return [f"{time.astimezone(BERLIN):%d %H:%M %Z}" for time in found]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # 02:00 to 03:00 does not exist on the 29th: entries with fixed times there start once, at its end
        ("30 2 * * *", ["29 03:00 CEST", "30 02:30 CEST"]),
        ("0,30 2 * * *", ["29 03:00 CEST", "30 02:00 CEST", "30 02:30 CEST"]),
        # fields with steps or stars start at the times that exist
        ("*/30 2 * * *", ["30 02:00 CEST", "30 02:30 CEST"]),
        ("30 * * * *", ["29 00:30 CET", "29 01:30 CET", "29 03:30 CEST"]),
    ],
)
def test_an_hour_that_does_not_exist(expression: str, expected: list[str]) -> None:
    assert times(expression, datetime(2026, 3, 29, tzinfo=BERLIN), len(expected)) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # 02:00 to 03:00 comes twice on the 25th: entries with fixed times start in the first of them
        ("30 2 * * *", ["25 02:30 CEST", "26 02:30 CET"]),
        ("0,30 2 * * *", ["25 02:00 CEST", "25 02:30 CEST", "26 02:00 CET"]),
        ("15 2,3 * * *", ["25 02:15 CEST", "25 03:15 CET", "26 02:15 CET"]),
        # fields with steps or stars start in both
        ("*/30 2 * * *", ["25 02:00 CEST", "25 02:30 CEST", "25 02:00 CET", "25 02:30 CET", "26 02:00 CET"]),
        ("30 */1 * * *", ["25 00:30 CEST", "25 01:30 CEST", "25 02:30 CEST", "25 02:30 CET", "25 03:30 CET"]),
    ],
)
def test_an_hour_that_comes_twice(expression: str, expected: list[str]) -> None:
    assert times(expression, datetime(2026, 10, 25, tzinfo=BERLIN), len(expected)) == expected


def test_what_began_in_the_second_of_the_two_hours_does_not_go_back() -> None:
    second = datetime(2026, 10, 25, 2, 15, tzinfo=BERLIN, fold=1)
    assert times("30 2 * * *", second, 1) == ["26 02:30 CET"]


@settings(max_examples=40)
@given(
    st.sampled_from(("30 2 * * *", "0,30 2 * * *", "*/30 2 * * *", "59 1-3 * * *", "7 * * * *", "0 0 * * SUN")),
    st.sampled_from(("Europe/Berlin", "Australia/Lord_Howe", "America/Havana", "Africa/Casablanca", "UTC")),
    st.sampled_from((datetime(2026, 3, 29, 1), datetime(2026, 10, 25, 1), datetime(2026, 4, 4, 15), datetime(2026, 11, 1, 5))),
    st.integers(0, 12 * 3600),
    st.integers(0, 12 * 3600),
)
def test_the_times_are_the_same_wherever_one_begins(expression: str, zone: str, change: datetime, before: int, later: int) -> None:
    """A tick an hour later, across a change of the clock, sees the same as the one before it."""
    all_times, change = CronTimes.parse(expression, zone), change.replace(tzinfo=UTC)
    start, end = change - timedelta(seconds=before), change + timedelta(days=2)
    middle = start + timedelta(seconds=later)
    found = list(all_times.between(start, end))
    assert all(first < second for first, second in pairwise(found))
    assert [time for time in found if time > middle] == list(all_times.between(middle, end))


def test_jitter_is_the_same_for_whoever_asks() -> None:
    entry = entry_of('jitter = "10m"')
    starts = [start_of(entry, T + timedelta(days=day)) - (T + timedelta(days=day)) for day in range(50)]
    assert len(set(starts)) > 40
    assert all(timedelta(0) <= start <= minutes(10) for start in starts)
    assert start_of(entry_of('jitter = "10m"'), T) == T + starts[0]
    assert start_of(entry_of(), T) == T


def test_a_job_s_id_says_whose_it_is() -> None:
    name = "a-20261128t043000z"
    assert job_id(name, T) == "a-20261128t043000z-20261128T043000Z"
    assert name_of(job_id(name, T)) == name_of(manual_id(name, T)) == name
    assert [name_of(job) for job in ("6487ec79947edab326d6db28a2d86511", "", "-20261128T043000Z", "A-20261128T043000Z")] == [None] * 4


# Ticks, on a peer that answers as Scrapyd does


class Clockwork:
    """A schedule, a Scrapyd, and a clock that the test sets."""

    def __init__(self, peer: Peer, folder: Path) -> None:
        self.peer = peer
        self.scrapyd = Scrapyd(peer.url, PROJECT, timeout=5)
        self.state = folder / "state.json"

    def read(self, text: str) -> Schedule:
        schedule = parse(f'state = "{self.state}"\n{text}')
        assert Path(schedule.state) == self.state
        return schedule

    def tick(self, now: datetime, text: str = DAILY) -> TickReport:
        return tick(self.read(text), self.scrapyd, lambda: now)

    def lines(self, now: datetime, text: str = DAILY) -> list[str]:
        told = self.tick(now, text)
        assert told.problems == ()
        return list(told.lines)


@pytest.fixture(scope="module")
def server() -> Iterator[PeerServer]:
    with PeerServer() as server:
        yield server


@pytest.fixture
def peer(server: PeerServer) -> Peer:
    """A new schedule without a memory."""
    return server.renew()


@pytest.fixture
def work(peer: Peer, tmp_path: Path) -> Clockwork:
    return Clockwork(peer, tmp_path)


def test_a_due_time_is_started_once(work: Clockwork) -> None:
    assert work.lines(T - minutes(40)) == []
    assert work.lines(T - minutes(1)) == []
    assert work.peer.asked == []  # nothing is due, so Scrapyd gets no request
    more = 'settings.OUTPUT_DIR = "/out/a=b & c"\nsettings.RAW = false\n'
    text = DAILY.replace("/lists/daily.txt", "/lists/ü +&.txt") + more
    assert work.lines(T, text) == ["daily: started: due 2026-11-28 04:30 UTC, as daily-20261128T043000Z"]
    assert work.peer.pending == [
        {
            "id": "daily-20261128T043000Z", "project": PROJECT, "spider": "hybrid", "version": None,
            "settings": {"OUTPUT_DIR": "/out/a=b & c", "RAW": "0"}, "args": {"seeds": "/lists/ü +&.txt"},
        }
    ]  # fmt: skip
    for later in (0, 1, 60, 23 * 60):
        assert work.lines(T + minutes(later), text) == []
    work.peer.run()
    work.peer.end()
    assert work.lines(T + timedelta(days=1), text) == ["daily: started: due 2026-11-29 04:30 UTC, as daily-20261129T043000Z"]


def test_the_first_tick_starts_nothing_of_the_past(work: Clockwork) -> None:
    assert work.lines(T + minutes(1)) == []
    assert work.lines(T + timedelta(days=1)) != []
    # another time of day is another schedule: its time of today is over
    assert work.lines(T + timedelta(days=1, hours=2), DAILY.replace("30 4", "30 5")) == []
    assert len(work.peer.taken) == 1


def test_an_entry_that_was_left_out_for_a_while_is_remembered(work: Clockwork) -> None:
    work.tick(T - minutes(5))
    assert work.lines(T, DAILY.replace("daily", "other")) == []
    assert "started: due 2026-11-28 04:30 UTC, 10 min late" in work.lines(T + minutes(10))[0]


HOURLY = DAILY.replace("30 4", "30 *")


def test_missed_hours_are_made_up_for_once(work: Clockwork) -> None:
    work.tick(T - minutes(5), HOURLY)
    (line,) = work.lines(T + timedelta(hours=7, minutes=20), HOURLY)
    assert line == "daily: started: due 2026-11-28 11:30 UTC, 20 min late, as daily-20261128T113000Z"
    assert work.lines(T + timedelta(hours=7, minutes=21), HOURLY) == []
    assert len(work.peer.taken) == 1


@pytest.mark.parametrize(
    ("more", "late", "is_started"),
    [
        ('missed = "skip"', minutes(5), True),
        ('missed = "skip"', minutes(6), False),
        ('missed_within = "6h"', timedelta(hours=6), True),
        ('missed_within = "6h"', timedelta(hours=6, minutes=1), False),
        ("", timedelta(hours=23), True),
    ],
)
def test_how_late_a_start_may_be(work: Clockwork, more: str, late: timedelta, is_started: bool) -> None:
    work.tick(T - minutes(5), DAILY + more)
    (line,) = work.lines(T + late, DAILY + more)
    assert ("daily: started: due" in line) == is_started
    assert ("daily: missed: due 2026-11-28 04:30 UTC" in line) != is_started
    assert len(work.peer.taken) == int(is_started)
    assert work.lines(T + late, DAILY + more) == []


def test_after_a_year_without_a_tick_one_line_is_told(work: Clockwork) -> None:
    text = DAILY.replace("30 4", "*/5 *").replace("* * *\"", "* * MON\"") + 'missed_within = "1h"'
    work.tick(T, text)
    (line,) = work.lines(T + timedelta(days=364), text)  # a Saturday
    assert line.startswith("daily: missed: due 2026-11-30 00:00 UTC, 362 d 4 h ago, more than 1 h")
    (line,) = work.lines(T + timedelta(days=366, hours=3), text)
    assert line == "daily: started: due 2027-11-29 07:30 UTC, as daily-20271129T073000Z"


def test_jitter_moves_the_start_and_not_the_job(work: Clockwork) -> None:
    text = DAILY + 'jitter = "20m"'
    start = start_of(entry_of('jitter = "20m"'), T)
    work.tick(T - minutes(5), text)
    assert start > T
    assert work.lines(start - timedelta(seconds=1), text) == []
    assert work.lines(start, text) == ["daily: started: due 2026-11-28 04:30 UTC, as daily-20261128T043000Z"]


def test_overlap_skip_drops_a_due_time(work: Clockwork) -> None:
    work.tick(T - minutes(5), HOURLY)
    work.tick(T, HOURLY)
    hour = timedelta(hours=1)
    assert work.lines(T + hour, HOURLY) == ["daily: skipped: due 2026-11-28 05:30 UTC, while daily-20261128T043000Z is not done"]
    work.peer.run()
    assert "skipped" in work.lines(T + 2 * hour, HOURLY)[0]
    work.peer.end()
    assert work.lines(T + 2 * hour + minutes(1), HOURLY) == []
    assert "started: due 2026-11-28 07:30 UTC" in work.lines(T + 3 * hour, HOURLY)[0]


def test_overlap_queue_keeps_one_waiting(work: Clockwork) -> None:
    text, hour = HOURLY + 'overlap = "queue"', timedelta(hours=1)
    work.tick(T - minutes(5), text)
    work.tick(T, text)
    work.peer.run()
    assert work.lines(T + hour, text) == ["daily: waits: due 2026-11-28 05:30 UTC, until daily-20261128T043000Z is done"]
    assert work.lines(T + hour + minutes(1), text) == []
    assert work.lines(T + 2 * hour, text) == ["daily: skipped: due 2026-11-28 06:30 UTC, while the one of 2026-11-28 05:30 UTC still waits"]
    work.peer.end()
    assert work.lines(T + 2 * hour + minutes(1), text) == ["daily: started: due 2026-11-28 05:30 UTC, 1 h 1 min late, as daily-20261128T053000Z"]
    work.peer.run()
    work.peer.end()
    assert work.lines(T + 2 * hour + minutes(2), text) == []
    assert work.peer.taken == ["daily-20261128T043000Z", "daily-20261128T053000Z"]


def test_a_name_that_begins_like_another_is_another(work: Clockwork) -> None:
    two = DAILY + DAILY.replace('"daily"', '"daily-2"') + 'settings.OUTPUT_DIR = "/out/2"\n'
    work.tick(T - minutes(5), two)
    work.tick(T, two)
    work.peer.run()
    assert work.peer.taken == ["daily-20261128T043000Z", "daily-2-20261128T043000Z"]
    work.peer.running.pop(0)
    assert [line.partition(":")[0] for line in work.lines(T + timedelta(days=1), two)] == ["daily", "daily-2"]
    assert work.peer.taken[-1] == "daily-20261129T043000Z"


@pytest.mark.parametrize("stage", ["pending", "running", "finished"])
def test_a_crash_after_the_start_does_not_start_it_twice(work: Clockwork, stage: str) -> None:
    """After it only the older memory remains: Scrapyd itself has the truth."""
    work.tick(T - minutes(5))
    before = work.state.read_bytes()
    work.tick(T)
    work.state.write_bytes(before)
    if stage != "pending":
        work.peer.run()
    if stage == "finished":
        work.peer.end()
    assert work.lines(T + minutes(1)) == ["daily: started before: due 2026-11-28 04:30 UTC, Scrapyd has daily-20261128T043000Z"]
    assert work.lines(T + minutes(2)) == []
    assert len(work.peer.taken) == 1


def test_an_answer_that_is_lost_does_not_start_it_twice(work: Clockwork) -> None:
    work.tick(T - minutes(5))
    work.peer.before = lambda: setattr(work.peer, "is_mute", True)
    told = work.tick(T)
    assert told.lines == ()
    assert "does not answer" in told.problems[0]
    work.peer.is_mute = False
    assert work.lines(T + minutes(1)) == ["daily: started before: due 2026-11-28 04:30 UTC, Scrapyd has daily-20261128T043000Z"]
    assert len(work.peer.taken) == 1


def test_while_scrapyd_is_down_what_is_due_stays_due(work: Clockwork) -> None:
    two = DAILY + DAILY.replace("daily", "other") + 'settings.OUTPUT_DIR = "/out/2"\n'
    work.tick(T - minutes(5), two)
    there, work.scrapyd = work.scrapyd, Scrapyd("http://127.0.0.1:9", PROJECT)
    for later in (0, 60):
        (problem,) = work.tick(T + minutes(later), two).problems
        assert problem.startswith("Scrapyd at http://127.0.0.1:9 does not answer (Connection refused): start it")
    work.scrapyd = there
    assert [line.split(",")[1] for line in work.lines(T + minutes(90), two)] == [" 1 h 30 min late"] * 2


def test_what_scrapyd_refuses_costs_one_entry(work: Clockwork) -> None:
    two = DAILY.replace("hybrid", "tiktok") + DAILY.replace("daily", "other") + 'settings.OUTPUT_DIR = "/out/2"\n'
    work.tick(T - minutes(5), two)
    told = work.tick(T, two)
    assert told.problems == ("daily: Scrapyd: spider 'tiktok' not found: deploy it (scrapyd-deploy), or correct its name; what is due stays due",)
    assert [line.partition(":")[0] for line in told.lines] == ["other"]
    work.peer.spiders.append("tiktok")
    assert "started" in work.lines(T + minutes(1), two)[0]
    work.scrapyd = Scrapyd(work.peer.url, "none")
    (problem,) = work.tick(T + timedelta(days=1), two).problems
    assert problem.startswith("Scrapyd: project 'none' not found: deploy it")


def test_two_ticks_at_once_start_it_once(work: Clockwork) -> None:
    work.tick(T - minutes(5))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: work.tick(T), range(4)))
    assert sum(len(told.lines) for told in found) == 1
    assert len(work.peer.taken) == 1


def test_who_waits_too_long_for_another_command_is_told(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    with locked(state), pytest.raises(BusyError, match=r"state\.json\.lock: another command has been at work"), locked(state, 0):
        pass


def test_run_now_starts_no_second_of_a_name(work: Clockwork) -> None:
    schedule = work.read(DAILY + DAILY.replace("daily", "other") + 'settings.OUTPUT_DIR = "/out/2"\n')
    daily, other = schedule.entries
    work.tick(T - minutes(5))
    assert run_now(daily, schedule, work.scrapyd, T - minutes(1)) == "daily-20261128T042900Z-now"
    with pytest.raises(BusyError, match="daily: daily-20261128T042900Z-now is pending: nothing was started"):
        run_now(daily, schedule, work.scrapyd, T)
    assert run_now(other, schedule, work.scrapyd, T) == "other-20261128T043000Z-now"
    assert "skipped" in work.lines(T)[0]
    work.peer.run()
    work.peer.end()
    assert run_now(daily, schedule, work.scrapyd, T + minutes(1)).startswith("daily-")


def test_a_clock_that_was_wrong_is_forgotten(work: Clockwork) -> None:
    work.tick(T + timedelta(days=900))
    assert work.lines(T - minutes(5)) == []
    assert "started" in work.lines(T)[0]


def test_the_loop_wakes_for_the_next_start(work: Clockwork) -> None:
    now = T - minutes(5)
    work.tick(now)
    assert next_wake(work.read(DAILY), now) == T
    entry = entry_of('jitter = "10m"')
    assert next_start(entry, remember(entry, None, now)) == start_of(entry, T)
    # a job that could not be started is tried again, but not at once
    assert next_wake(work.read(DAILY), T + minutes(1)) > T + minutes(1)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1, "entries": {"daily": {"times": "x", "handled": null}}}', '{"version": 1'])
def test_a_state_that_is_none_stops_everything(work: Clockwork, text: str) -> None:
    work.state.write_text(text)
    with pytest.raises(UsageError, match=r"state\.json: holds no state of a schedule: remove it"):
        work.tick(T)
    assert work.state.read_text() == text
    assert work.peer.asked == []


# Scrapyd


def test_user_and_password_are_sent_and_never_shown(peer: Peer, tmp_path: Path) -> None:
    peer.login = "me:geheim"
    with pytest.raises(ScrapydError, match="wants another user and password: set SCRAPYD_USERNAME"):
        Scrapyd(peer.url, PROJECT).jobs()
    wrong = Scrapyd(peer.url, PROJECT, ("me", "falsch"))
    with pytest.raises(ScrapydError, match="correct SCRAPYD_USERNAME") as caught:
        wrong.jobs()
    assert "falsch" not in f"{caught.value}{wrong!r}"
    given = {"SCRAPYD_USERNAME": "me", "SCRAPYD_PASSWORD": "geheim"}
    Scrapyd(peer.url, PROJECT, read_credentials(peer.url, given)).jobs()
    with pytest.raises(UsageError, match="expected both, got one"):
        read_credentials(peer.url, {"SCRAPYD_USERNAME": "me"})
    path = tmp_path / ".netrc"
    assert read_credentials(peer.url, {"HOME": str(tmp_path)}) is None
    path.write_text("machine 127.0.0.1 login me password geheim\ndefault login other password nothing\n")
    path.chmod(0o644)
    with pytest.raises(UsageError, match=r"\.netrc: others can read it: type chmod 600"):
        read_credentials(peer.url, {"HOME": str(tmp_path)})
    path.chmod(0o600)
    assert read_credentials(peer.url, {"NETRC": str(path)}) == ("me", "geheim")
    assert read_credentials("http://elsewhere:6800", {"NETRC": str(path)}) is None
    path.write_text("geheim {")
    with pytest.raises(UsageError, match="cannot be read as a netrc file") as refused:
        read_credentials(peer.url, {"NETRC": str(path)})
    assert "geheim" not in str(refused.value)


def test_what_does_not_answer_as_scrapyd_does(peer: Peer) -> None:
    with pytest.raises(ScrapydError, match="answers 404 and not as Scrapyd does: correct url"):
        Scrapyd(f"{peer.url}/elsewhere", PROJECT).jobs()
    with pytest.raises(ScrapydError, match=r"does not answer \(.+\): start it, or correct url"):
        Scrapyd(peer.url.replace("http:", "https:"), PROJECT).jobs()
    with pytest.raises(RefusedError, match="Scrapyd: project 'none' not found"):
        Scrapyd(peer.url, "none").spiders()
    for peer.says in (b"[" * 100_000, b"[]", b"null", b'"ok"', b"9" * 5000, b"\xff"):
        with pytest.raises(ScrapydError, match="answers 200 and not as Scrapyd does: correct url"):
            Scrapyd(peer.url, PROJECT).jobs()


# The command


def file_for(folder: Path, peer: Peer, text: str = DAILY) -> Path:
    path = folder / "schedule.toml"
    path.write_text(f'[scrapyd]\nurl = "{peer.url}"\n{text}')
    return path


def command(*args: str) -> Command:
    """Run the command in this process, with the project's settings."""
    one, parser = Command(), argparse.ArgumentParser(conflict_handler="resolve")
    one.settings = Settings()
    one.settings.setmodule("scraper.settings")
    one.add_options(parser)
    options, words = parser.parse_known_args(args)
    one.run(words, options)
    return one


def test_the_example_is_right() -> None:
    done = scrapy("schedule", "check", "--file", "examples/schedule.toml")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "examples/schedule.toml: 3 entries, nothing is wrong\n"


def test_the_docs_show_the_example_and_name_every_key() -> None:
    page = (ROOT / "docs/schedules.md").read_text("utf-8")
    example = (ROOT / "examples/schedule.toml").read_text("utf-8")
    assert example.partition("\n\n")[2].strip() in page
    assert [key for key in KEYS if f"| `{key}` |" not in page] == []


def test_check_and_list(peer: Peer, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"HOME": str(tmp_path)})
    path = file_for(tmp_path, peer, DAILY + 'timezone = "Asia/Tokyo"\n')
    assert command("check", "--online", "--file", str(path)).exitcode == 0
    assert capsys.readouterr().out == f"{path}: 1 entry, nothing is wrong; {peer.url} has their spiders\n"
    peer.spiders.remove("hybrid")
    assert command("check", "--online", "--file", str(path)).exitcode == 1
    assert capsys.readouterr().err == f"scrapy schedule: daily: {peer.url} has no spider hybrid: deploy it\n"
    peer.spiders.append("hybrid")
    assert command("run-now", "daily", "--file", str(path)).exitcode == 0
    started = capsys.readouterr().out
    assert started.startswith("daily: started as daily-")
    assert command("run-now", "daily", "--file", str(path)).exitcode == 1
    assert command("run-now", "dialy", "--file", str(path)).exitcode == 2
    assert "no such entry: expected one of daily" in capsys.readouterr().err
    assert command("list", "--json", "--file", str(path)).exitcode == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["name"], found["state"], found["timezone"]) == ("daily", "pending", "Asia/Tokyo")
    assert found["next_due"].endswith("T19:30:00+00:00")
    assert found["job"] == started.split()[-1]
    assert command("list", "--file", str(path)).exitcode == 0
    header, row = capsys.readouterr().out.splitlines()
    assert header.split() == ["name", "spider", "next", "in", "UTC", "last", "start", "state", "note"]
    assert "04:30 JST" in row
    assert "19:30 UTC" in row
    path.write_text(path.read_text().replace(peer.url, "http://127.0.0.1:9"))
    assert command("list", "--file", str(path)).exitcode == 1
    assert "unknown" in capsys.readouterr().out


def test_check_tells_what_no_job_would_start_with(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"HOME": str(tmp_path)})
    path = tmp_path / "schedule.toml"
    path.write_text(DAILY + 'settings = { MEDIA = "bst", OPEN_SEEDS = -3, MONITOR_LIMITS = "foo=1", RAW = "so", LEDGER = "redis://[" }\n')
    assert command("check", "--file", str(path)).exitcode == 2
    lines = capsys.readouterr().err.splitlines()
    names = ["MEDIA", "RAW", "MONITOR_LIMITS", "OPEN_SEEDS", "LEDGER"]
    assert sorted(line.split(": ")[3] for line in lines) == sorted(f"settings.{name}" for name in names)
    own = Settings({"VERIFY": "what this machine's environment says"})
    own.setmodule("scraper.settings", priority="default")
    assert find_value_faults(own, {"MEDIA": "best", "MEDIA_MAXSIZE": "2G", "ENVELOPE": "raw", "OPEN_SEEDS": "5"}) == []
    assert len(find_value_faults(own, {"ENVELOPE_SHAPES": "{"})) == 1


@pytest.mark.parametrize("text", ["x = " + "[" * 3000, "x." * 3000 + "x = 1", "\0", "\ufeff", "schedule = [" + "{a=[" * 150 + "1" + "]}" * 150 + "]"])
def test_a_file_that_is_odd_is_one_line(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "schedule.toml"
    path.write_text(text)
    assert command("check", "--file", str(path)).exitcode == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines
    assert all(line.startswith(f"scrapy schedule: {path}: ") and len(line) < 400 for line in lines)


def test_exit_codes_of_a_tick(peer: Peer, tmp_path: Path) -> None:
    path = file_for(tmp_path, peer, DAILY.replace("30 4", "* *") + DAILY.replace("daily", "broken").replace("30 4", "99 4"))
    forget_an_hour(path)
    done = scrapy("schedule", "tick", "--file", str(path))
    assert done.returncode == 2
    assert done.stdout.startswith("daily: started: due ")
    assert done.stderr.startswith(f"scrapy schedule: {path}: broken: cron: '99 4 * * *': bad minute")
    assert len(peer.taken) == 1
    file_for(tmp_path, Peer("http://127.0.0.1:9"), DAILY.replace("30 4", "* *"))
    forget_an_hour(path)
    done = scrapy("schedule", "tick", "--file", str(path))
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    path.write_text("name =")
    done = scrapy("schedule", "check", "--file", str(path))
    assert done.returncode == 2
    assert done.stderr.startswith(f"scrapy schedule: {path}: expected TOML: ")
    done = scrapy("schedule", "check", "--file", str(tmp_path / "none.toml"))
    assert (done.returncode, done.stderr) == (2, f"scrapy schedule: {tmp_path}/none.toml: No such file or directory: give the file with --file FILE\n")
    assert scrapy("schedule", "tock").returncode == 2


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_loop_starts_what_is_due_until_it_is_told_to_end(
    peer: Peer, tmp_path: Path, ending: signal.Signals, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run in this process: the signal goes to this thread, because no other may get it."""
    monkeypatch.setattr(os, "environ", {"HOME": str(tmp_path)})
    path, state = file_for(tmp_path, peer, DAILY.replace("30 4", "* *")), tmp_path / "schedule.state.json"
    forget_an_hour(path)
    main = threading.get_ident()

    def end() -> None:
        try:
            wait_for(lambda: bool(read_memories(state)["daily"].job), 20)
        finally:
            signal.pthread_kill(main, ending)

    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(end)
        assert command("loop", "--file", str(path)).exitcode == 0
        ended.result()
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
    shown = capsys.readouterr()
    assert shown.err == ""
    assert shown.out.startswith("daily: started: due ")
    assert len(set(peer.taken)) == len(peer.taken) >= 1

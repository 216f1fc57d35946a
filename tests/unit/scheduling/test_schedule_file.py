"""What the file of a schedule may say."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from scraper.errors import UsageError
from scraper.scheduling.cron import CronTimes
from scraper.scheduling.schedule import KEYS, ScheduleEntry
from tests.support.schedules import DAILY, entry_of, minutes, parse
from tests.support.tree import ROOT


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


def test_the_docs_show_the_example_and_name_every_key() -> None:
    page = (ROOT / "docs/schedules.md").read_text("utf-8")
    example = (ROOT / "examples/schedule.toml").read_text("utf-8")
    assert example.partition("\n\n")[2].strip() in page
    assert [key for key in KEYS if f"| `{key}` |" not in page] == []

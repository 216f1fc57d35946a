"""Words of one platform belong in its folder, not in modules that serve all platforms."""

import re

from scraper.platform.registry import load
from tests.support.tree import ROOT

PLATFORMS = load(("spiders",))
FAMILY = ("aweme", "bytedance", "tikhub")
"""Words of the company of TikTok and Douyin, and of resellers of their answers."""
NAMES = re.compile("|".join((*PLATFORMS, *FAMILY)), re.IGNORECASE)
HOSTS = re.compile(rf"(?<![\w-])(?:{'|'.join(re.escape(host) for each in PLATFORMS.values() for host in each.domains)})\b")
SHARED = "scraper/posts/aweme*.py"
"""The item that TikTok and Douyin share."""
ALLOWED = {
    # formats of output that other programs read, and what a platform adds to them
    "scraper/commands/summary.py": {"aweme", "douyin", "tikhub", "tiktok"},
    "scraper/envelopes/shape.py": {"aweme"},
    "scraper/exports/export.py": {"aweme"},
    "scraper/exports/summary_answers.py": {"aweme", "tikhub"},
    "scraper/exports/summary_columns.py": {"aweme", "douyin", "tiktok"},
    "scraper/platform/contract.py": {"aweme"},
    # switches that one platform reads, and shapes of envelopes
    "scraper/options/catalogue.py": {"bilibili", "twitter"},
    "scraper/runs/options.py": {"tikhub", "twitter"},
    "scraper/settings.py": {"tikhub", "twitter"},
    # examples
    "scraper/commands/cookies.py": {"tiktok"},
    "scraper/commands/crawl.py": {"tiktok"},
    "scraper/commands/doctor.py": {"tiktok"},
    "scraper/commands/forget.py": {"tiktok"},
    "scraper/commands/get.py": {"tiktok", "tiktok.com"},
    "scraper/commands/payload.py": {"tiktok"},
    "scraper/commands/resolve.py": {"x.com"},
    "scraper/envelopes/envelope.py": {"tiktok"},
    "scraper/links/text.py": {"x.com"},
}


def test_neutral_modules_name_no_platform() -> None:
    shared = set(ROOT.glob(SHARED))
    found = {}
    for path in sorted(set(ROOT.glob("scraper/**/*.py")) - shared):
        text = path.read_text("utf-8")
        words = {word.lower() for word in (*NAMES.findall(text), *HOSTS.findall(text))}
        if words:
            found[path.relative_to(ROOT).as_posix()] = words
    assert found == ALLOWED


def test_platforms_stand_on_what_is_shared() -> None:
    """Only the platforms that have the shared item use it: modules for all platforms do not."""
    users = [path for path in ROOT.glob("scraper/**/*.py") if "import aweme" in (text := path.read_text("utf-8")) or "posts.aweme" in text]
    names = {path.relative_to(ROOT).as_posix() for path in users} - {path.relative_to(ROOT).as_posix() for path in ROOT.glob(SHARED)}
    assert names == {"scraper/envelopes/shape.py", "scraper/exports/summary_answers.py"}

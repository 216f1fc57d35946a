"""Accounts of the lab's platforms, and their cookies where a user keeps them."""

from pathlib import Path

from scraper.fetch.sessions.cookie_store import CookieStore
from scraper.fetch.sessions.cookie_text import parse_cookies
from tests.lab.process import LabProcess
from tests.support.sites import SITES

SERVICES = {service.name: service for platform in SITES.values() for service in platform.accounts}
PLATFORMS = {"tiktok": "tiktok_web", "douyin": "douyin", "bilibili": "bilibili", "twitter": "twitter"}


def give(lab: LabProcess, folder: Path, platform: str) -> dict[str, str]:
    """Log in on *platform*, and keep the cookies as ``scrapy cookies set`` does; return them."""
    cookies = lab.login(platform)
    service = SERVICES[PLATFORMS[platform]]
    text = "; ".join(f"{name}={value}" for name, value in cookies.items())
    CookieStore(folder / "config", folder / "notes.json").write(service, parse_cookies(text, service, 0))
    return cookies

"""yt-dlp against the lab, with a session that a real browser minted."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from playwright.sync_api import Cookie, sync_playwright

from scraper.fetch.browser.launch import launch_options
from scraper.fetch.browser.options import BrowserOptions
from scraper.fetch.network.options import NetworkOptions
from tests.lab.process import LabProcess


class Minted:
    """The cookies and the page of a browser after a visit."""

    def __init__(self, user_agent: str, cookies: list[Cookie], body: str) -> None:
        self.user_agent = user_agent
        self.cookies = cookies
        self.body = body


def mint(
    lab: LabProcess, url: str, state: str = "#__UNIVERSAL_DATA_FOR_REHYDRATION__", cookie: str = "msToken"
) -> Minted:
    """Open *url* in Chromium and wait for *state* and for *cookie*, which the page's script sets."""
    options = launch_options(
        BrowserOptions(executable=None, headless=True, page_timeout=30, mint_timeout=30),
        NetworkOptions(proxy=lab.proxy, ca_file=Path(lab.ca_file)),
    )
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(**{**options, "proxy": {"server": lab.proxy}})
        try:
            blank = chromium.new_page()
            user_agent = blank.evaluate("navigator.userAgent").replace("Headless", "")
            guest = chromium.new_context(user_agent=user_agent)
            tab = guest.new_page()
            tab.goto(url)
            found = tab.wait_for_selector(state, state="attached", timeout=15_000)
            assert found is not None
            tab.wait_for_function(f"document.cookie.includes('{cookie}=')")
            return Minted(user_agent, guest.cookies(), found.inner_text() or found.text_content() or "")
        finally:
            chromium.close()


def ytdlp(
    lab: LabProcess, url: str, folder: Path, minted: Minted, *, cookies: bool = True, **more: object
) -> dict[str, Any]:
    """Let yt-dlp download *url*; return its info."""
    folder.mkdir(exist_ok=True)
    options: dict[str, Any] = {
        "proxy": lab.proxy,
        "nocheckcertificate": True,
        "http_headers": {"User-Agent": minted.user_agent},
        "quiet": True,
        "no_warnings": True,
        "outtmpl": str(folder / "%(id)s.%(format_id)s.%(ext)s"),
        "retries": 0,
        "extractor_retries": 0,
        "cachedir": False,
        **more,
    }
    if cookies:
        options["cookiefile"] = str(write_cookies(minted.cookies, folder / "cookies.txt"))
    with import_module("yt_dlp").YoutubeDL(options) as tool:
        info: dict[str, Any] = tool.extract_info(url, download=True)
        return info


def write_cookies(cookies: list[Cookie], path: Path) -> Path:
    """Write a Netscape cookies.txt."""
    lines = ["# Netscape HTTP Cookie File"]
    for cookie in cookies:
        domain = cookie["domain"]
        wide, expires = str(domain.startswith(".")).upper(), max(0, int(cookie["expires"]))
        lines.append("\t".join((domain, wide, cookie["path"], "TRUE", str(expires), cookie["name"], cookie["value"])))
    path.write_text("\n".join(lines) + "\n")
    return path


def downloaded(info: Mapping[str, Any]) -> Path:
    return Path(info["requested_downloads"][0]["filepath"])

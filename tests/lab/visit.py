"""A post page as a guest of the lab sees it, for tests of the lab's rules."""

import json
import re
from dataclasses import dataclass
from typing import Any

from tests.lab.client import Got
from tests.lab.process import LabProcess

REFERER = {"Referer": "https://www.tiktok.com/"}


@dataclass(frozen=True)
class Visit:
    """A post page as a guest sees it."""

    got: Got
    cookies: dict[str, str]

    @property
    def scopes(self) -> dict[str, Any]:
        scopes: dict[str, Any] = read_script(self.got.body, "__UNIVERSAL_DATA_FOR_REHYDRATION__")["__DEFAULT_SCOPE__"]
        return scopes

    @property
    def item(self) -> dict[str, Any]:
        item: dict[str, Any] = self.scopes["webapp.video-detail"]["itemInfo"]["itemStruct"]
        return item

    @property
    def play(self) -> str:
        url: str = self.item["video"]["playAddr"]
        return url

    @property
    def jar(self) -> dict[str, str]:
        return {"tt_chain_token": {**self.cookies, **self.got.cookies}["tt_chain_token"]}


def read_script(body: bytes, name: str) -> dict[str, Any]:
    found = re.search(rb'<script id="%s"[^>]*>(.*?)</script>' % name.encode(), body)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def visit(lab: LabProcess, url: str, cookies: dict[str, str]) -> Visit:
    return Visit(lab.client.request(url, cookies=cookies), cookies)


def fetch(lab: LabProcess, seen: Visit, url: str = "", **headers: str) -> Got:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lab.client.request(url or seen.play, {**REFERER, **named}, cookies=seen.jar)

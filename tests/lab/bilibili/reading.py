"""A post of the played Bilibili as a guest sees it, for tests of the lab's rules."""

import json
import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.lab.bilibili.wbi import sign
from tests.lab.catalog import load_posts
from tests.lab.client import Got
from tests.lab.process import LabProcess

POSTS = {post.name.removeprefix("bilibili-"): post for post in load_posts() if post.platform == "bilibili"}
"""Posts by the name of the file, without the platform's."""
API = "https://api.bilibili.com"
WWW = "https://www.bilibili.com"
REFERER = {"Referer": f"{WWW}/"}


def call(lab: LabProcess, path: str, **query: str | int) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(lab.client.request(f"{API}{path}?{urlencode(query)}").body)
    return answer


def signed(lab: LabProcess, path: str, **query: str | int) -> dict[str, Any]:
    given = {name: str(value) for name, value in query.items()} | {"wts": str(int(time.time()))}
    images = call(lab, "/x/web-interface/nav")["data"]["wbi_img"]
    img, sub = (urlsplit(images[name]).path.rpartition("/")[2].removesuffix(".png") for name in ("img_url", "sub_url"))
    return call(lab, path, **given, w_rid=sign(given, img, sub))


def read_state(got: Got) -> dict[str, Any]:
    found = re.search(rb"<script>window\.__INITIAL_STATE__=(.*?);\(function\(\)\{", got.body)
    assert found is not None
    state: dict[str, Any] = json.loads(found[1])
    return state


def read_play(got: Got) -> dict[str, Any]:
    found = re.search(rb"<script>window\.__playinfo__=(.*?)</script>", got.body)
    assert found is not None
    answer: dict[str, Any] = json.loads(found[1])
    return answer


def open_post(lab: LabProcess, name: str, cookies: Mapping[str, str]) -> Got:
    return lab.client.request(POSTS[name].url, cookies=cookies)


def play(lab: LabProcess, name: str, cookies: Mapping[str, str]) -> dict[str, Any]:
    data: dict[str, Any] = read_play(open_post(lab, name, cookies))["data"]
    return data


def videos(dash: Mapping[str, Any]) -> list[tuple[int, int]]:
    return [(entry["id"], entry["codecid"]) for entry in dash["video"]]


def refuse(lab: LabProcess, url: str, headers: Mapping[str, str] = REFERER) -> str:
    """Return the reason of a 403, from the log."""
    assert lab.client.request(url, headers).status == 403
    return lab.log()[-1].note


def urls_of(entry: Mapping[str, Any]) -> list[str]:
    return [entry["base_url"], *entry["backup_url"]]

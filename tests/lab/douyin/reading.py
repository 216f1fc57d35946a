"""Douyin's web API as a guest's page requests it, for tests of the lab's rules."""

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from tests.lab.catalog import load_posts
from tests.lab.client import Got
from tests.lab.douyin.cdn import HOME
from tests.lab.douyin.script import DETAIL
from tests.lab.douyin.signing import append
from tests.lab.process import LabProcess

POSTS = {post.name.removeprefix("douyin-"): post for post in load_posts() if post.platform == "douyin"}
"""Posts by the name of the file, without the platform's."""
WWW = HOME.rstrip("/")
REFERER = {"Referer": HOME}


def unsigned(post_id: str, aid: str = "6383") -> str:
    """Return the path of a call as a script writes it, before the hook of the page sees it."""
    query = {"device_platform": "webapp", "aid": aid, "channel": "channel_pc_web", "aweme_id": post_id}
    return f"{DETAIL}?{urlencode(query)}"


def sign(target: str, guest: Mapping[str, str], age: float = 0) -> str:
    """Return the URL for *target* with a signature that is *age* seconds old."""
    return WWW + append(target, guest["msToken"], guest["s_v_web_id"], time.time() - age)


def call(lab: LabProcess, target: str, guest: Mapping[str, str], age: float = 0) -> Got:
    """Send *target* with a signature that is *age* seconds old."""
    return lab.client.request(sign(target, guest, age), REFERER, cookies=guest)


def ask(lab: LabProcess, name: str, guest: Mapping[str, str], aid: str = "6383") -> Got:
    """Request the post whose file is called *name*."""
    return call(lab, unsigned(POSTS[name].id, aid), guest)


def item(lab: LabProcess, name: str, guest: Mapping[str, str], aid: str = "6383") -> dict[str, Any]:
    """Return the item of the post whose file is called *name*."""
    found: dict[str, Any] = json.loads(ask(lab, name, guest, aid).body)["aweme_detail"]
    return found


def refused(lab: LabProcess, got: Got) -> str:
    """Return the reason of an empty body, from the log."""
    assert (got.status, got.body) == (200, b"")
    return lab.log()[-1].note


def denied(lab: LabProcess, url: str, headers: Mapping[str, str] = REFERER) -> str:
    """Return the reason of a 403, from the log."""
    assert lab.client.request(url, headers).status == 403
    return lab.log()[-1].note

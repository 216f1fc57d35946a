"""The HTML of the played Douyin: the application's page of realistic size, the share page, and the small pages."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

from tests.lab.douyin.script import SCRIPT, SIGNING

_WORDS = ("推荐", "关注", "朋友", "直播", "放映厅", "搜索", "消息", "投稿", "测试卡", "彩条", "正弦波", "灰阶")
_TITLE = "抖音-记录美好生活"


def app_page(nonce: str) -> bytes:
    """Return the page of the application: its settings, its script, and no post."""
    head = (
        f'<!DOCTYPE html><html lang="zh-CN" data-seed="{nonce}"><head><meta charset="UTF-8"><title>{_TITLE}</title>'
        f"<script>{SCRIPT}</script>"
    )
    return head.encode() + _settings()


def share_page(state: Mapping[str, Any] | None) -> bytes:
    """Return the page for phones, with *state* if there is one."""
    text = "" if state is None else f"<script>window._ROUTER_DATA = {_dump(state)}</script>"
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{_TITLE}</title></head><body>'
        f'<div id="root"></div>{text}{_chunks()}</body></html>'
    ).encode()


def signing_page() -> bytes:
    """Return the small page whose script makes a browser continue by itself."""
    return f'<html><head><meta charset="UTF-8" /></head><body></body><script>{SIGNING}</script></html>'.encode()


def captcha_page() -> bytes:
    """Return the page that shows a captcha."""
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><title>验证码中间页</title></head>'
        '<body><div id="captcha_container"></div></body></html>'
    ).encode()


def _dump(value: object) -> str:
    """Return JSON as the site writes it: without a slash that could end a script."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("/", "\\u002F")


@cache
def _settings() -> bytes:
    """Return the rest of the application's page."""
    app = {
        "os": {"os": "other", "isMobile": False},
        "abTestData": {f"{_WORDS[n % 12]}_{n}": {"vid": str(5_000_000 + n), "value": n % 3} for n in range(900)},
        "channels": [{"id": 300_200 + n, "name": _WORDS[n % 12], "url": f"/channel/{300_200 + n}"} for n in range(80)],
        "texts": {f"text_{n}": "，".join(_WORDS[n % 7 :][:5]) for n in range(900)},
        "user": {"isLogin": False, "info": {}},
    }
    state = quote(json.dumps({"app": app}, ensure_ascii=False, separators=(",", ":")), safe="")
    return (
        f'<script id="RENDER_DATA" type="application/json">{state}</script></head>'
        f'<body><div id="root"><div class="sidebar">{"".join(_items())}</div></div></body></html>'
    ).encode()


def _items() -> list[str]:
    return [f'<div class="item"><svg width="36" height="36"></svg><span>{word}</span></div>' for word in _WORDS]


@cache
def _chunks() -> str:
    """Return the text that makes the share page as large as a real one."""
    names = (f"{number:08x}" for number in range(0x5EED, 0x5EED + 300))
    return "".join(f'<meta name="chunk" content="/obj/reflow/static/js/async/{name}.{name}.js">' for name in names)

"""The HTML of the played TikTok: pages of realistic size around a state, and the firewall page."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from tests.lab.messages import Ask
from tests.lab.visitors import AGAIN, SOLVE

_STATE = "__UNIVERSAL_DATA_FOR_REHYDRATION__"
# The work of the page's own scripts for a guest: the msToken, made from the nonce by WebCrypto.
_TOKEN = (
    f"{SOLVE}document.cookie='msToken='+await solve(document.getElementById('cs').className)"
    "+';path=/;domain=.tiktok.com;max-age=864000;secure';"
)
# Other work of pages: requests to other companies' hosts, in every way that a page has.
_OTHERS = (
    "new Image().src='https://stats.example.net/p';fetch('https://api.example.net/').catch(()=>0);"
    "const f=document.createElement('iframe');f.src='https://frame.example.net/';document.body.append(f);"
    "new WebSocket('wss://socket.example.net/');fetch('http://127.0.0.1:9/').catch(()=>0);"
    "new Worker(URL.createObjectURL(new Blob([\"fetch('https://worker.example.net/').catch(()=>0)\"])));"
    "window.open('https://popup.example.net/');"
)
_WORDS = [
    "video",
    "sound",
    "like",
    "share",
    "follow",
    "comment",
    "search",
    "explore",
    "friends",
    "live",
    "upload",
    "profile",
    "report",
    "privacy",
    "terms",
    "log",
    "in",
]
_CHUNKS = [
    "runtime",
    "biz.common.lib",
    "npm-rxjs",
    "npm-react",
    "npm-sigi",
    "slardar",
    "cache.tux",
    "biz.shared.init",
    "i18n",
    "webapp-desktop",
]


def firewall_page(nonce: str) -> str:
    """Return the small page that a browser passes by itself and a plain client does not."""
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><title></title></head><body>'
        f'Please wait...<p id="cs" class="{nonce}" hidden></p><p id="wci" class="msToken" hidden></p>'
        f"<script>(async()=>{{{_TOKEN}{AGAIN}}})()</script></body></html>"
    )


def state_page(scopes: Mapping[str, Any], ask: Ask, nonce: str, *, extra: Mapping[str, Any] | None = None) -> bytes:
    """Return a page with *scopes* in its state and *extra* scripts of JSON, by id."""
    context = json.dumps(_app_context(ask))
    scoped = "".join(f",{json.dumps(name)}:{_dump(value)}" for name, value in scopes.items())
    scripts = "".join(_script(name, _dump(value)) for name, value in (extra or {}).items())
    state = f'{{"__DEFAULT_SCOPE__":{{"webapp.app-context":{context},{_filler()}{scoped}}}}}'
    return (
        f"{_head()}{_script(_STATE, state)}{scripts}</head><body><div id='app'></div>"
        f'<p id="cs" class="{nonce}" hidden></p><script>(async()=>{{{_TOKEN}}})();{_OTHERS}</script></body></html>'
    ).encode()


def seo_scope(canonical: str) -> dict[str, Any]:
    """Return ``seo.abtest``, which names the page."""
    parameters = {
        name: {"vid": "v1"}
        for name in ("photo_aigc_tdk", "photo_image_index", "add_transcript_seo", "video_tdk_phase2")
    }
    return {"canonical": canonical, "pageId": "366253868904088920", "vidList": ["73675307"], "parameters": parameters}


def _script(name: str, text: str) -> str:
    return f'<script id="{name}" type="application/json">{text}</script>'


def _dump(value: object) -> str:
    """Return JSON as the site writes it: without a slash that could end a script."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("/", "\\u002F")


def _app_context(ask: Ask) -> dict[str, Any]:
    return {
        "language": "en",
        "region": "GB",
        "appId": 1180 if is_mobile(ask) else 1233,
        "appType": "t" if is_mobile(ask) else "m",
        "wid": "7663006675695633950",
        "webIdCreatedTime": str(int(ask.now)),
        "botType": "others",
        "csrfToken": "",
        "userAgent": ask.user_agent,
        "host": ask.host,
        "abTestVersion": {"versionName": ",".join(str(70_508_271 + n * 911) for n in range(400)), "parameters": {}},
    }


def is_mobile(ask: Ask) -> bool:
    """Whether the request gets the mobile page."""
    return ask.host == "m.tiktok.com" or "iPhone" in ask.user_agent or "Android" in ask.user_agent


@cache
def _head() -> str:
    chunks = "".join(
        f'<meta name="chunk" content="/webapp-desktop/static/js/{name}.{len(name):08x}.js">' for name in _CHUNKS * 6
    )
    return f'<!DOCTYPE html><html lang="en"><head><meta charset="UTF-8"><title>TikTok - Make Your Day</title>{chunks}'


@cache
def _filler() -> str:
    """Return the scopes that make a page as large as a real one."""
    domains = {f"api{n}": f"https://www.tiktok.com/api/{n}" for n in range(40)}
    regions = [{"code": f"{n:03}", "name": " ".join(_WORDS[n % 7 : n % 7 + 3]), "open": n % 3 == 0} for n in range(500)]
    texts = {f"{_WORDS[n % len(_WORDS)]}_{n}_text": " ".join(_WORDS[n % 5 :][:11]) for n in range(1900)}
    scopes = {
        "webapp.biz-context": {"os": "linux", "isMobile": False, "domains": domains, "regions": regions},
        "webapp.i18n-translation": texts,
        "webapp.a-b": {"data": {}},
    }
    return ",".join(f'"{name}":{_dump(value)}' for name, value in scopes.items())

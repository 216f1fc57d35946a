"""The HTML of the played Bilibili: pages of realistic size around their state, and the small pages."""

import json
from collections.abc import Mapping
from functools import cache
from html import escape
from typing import Any

from tests.lab.bilibili.guests import SCRIPT

_REMOVE_SELF = (
    "(function(){var s;(s=document.currentScript||document.scripts[document.scripts.length-1])"
    ".parentNode.removeChild(s);}());"
)
_WORDS = ("测试卡", "彩条", "正弦波", "灰阶", "噪声", "静音", "倒计时", "色轮", "棋盘格", "渐变", "马赛克", "对焦环")
_STATIC = "//s1.hdslb.com/bfs/static/player/main/core.1ab0c0de.js"


def state_page(state: Mapping[str, Any], playinfo: Mapping[str, Any] | None, *, title: str, head: str = "") -> bytes:
    """Return a page with ``__INITIAL_STATE__`` and, where given, ``__playinfo__``, as large as a real one."""
    play = "" if playinfo is None else f"<script>window.__playinfo__={dump_state(playinfo)}</script>"
    own = dump_state(state)[:-1]
    return (
        f"{_head(title)}{head}{play}<script>window.__INITIAL_STATE__={own},{_filler()}}};{_REMOVE_SELF}</script>"
    ).encode() + _body()


def plain_page(title: str, *, head: str = "", body: str = "") -> bytes:
    """Return a small page of the site, with its script for guests."""
    return (
        f"{_head(title)}{head}</head><body><div id='app'>{body}</div><script>{SCRIPT}</script></body></html>".encode()
    )


def risk_page(voucher: str) -> bytes:
    """Return the page of risk control: no state, only a voucher."""
    risk = json.dumps({"v_voucher": voucher, "decision": "captcha"})
    return f"{_head('验证码_哔哩哔哩')}<script>window._riskdata_ = {risk};</script></head><body></body></html>".encode()


def banned_page() -> bytes:
    """Return the page of HTTP 412."""
    text = "由于触发哔哩哔哩安全风控策略，该次访问请求被拒绝。"
    return (
        '<!DOCTYPE html><html lang="zh-Hans"><head><meta charset="utf-8"><title>出错啦! - bilibili.com</title></head>'
        f'<body><div class="error-container"><div class="txt-item err-code">错误号: 412</div><div>{text}</div></div>'
        "<p>The request was rejected because of the bilibili security control policy.</p></body></html>"
    ).encode()


def _head(title: str) -> str:
    return (
        '<!DOCTYPE html><html lang="zh-Hans"><head itemprop="video" itemscope><meta charset="utf-8">'
        f'<meta name="spm_prefix" content="333.788"><title>{escape(title)}_哔哩哔哩_bilibili</title>'
        '<script>window._BiliGreyResult={"method":"gray","grayVersion":"162759"}</script>'
    )


def dump_state(value: object) -> str:
    """Return JSON as the site writes it: without any text that could end a script."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003C").replace(">", "\\u003E")


@cache
def _filler() -> str:
    """Return the parts of the state that every real page has and no reader needs."""
    related = [_related(n) for n in range(40)]
    channels = [_channel(n) for n in range(31)]
    state = {
        "pageTheme": "light",
        "bmpDefDomain": "i0.hdslb.com",
        "defaultWbiKey": {"wbiImgKey": "0" * 31 + "1", "wbiSubKey": "0" * 31 + "2"},
        "urlRuleKv": {"whitelist": {"domain": ["bilibili.com", "b23.tv"], "rex": []}, "blacklist": {"domain": []}},
        "channelKv": channels,
        "ugcUnloginKv": {"play_limit": {"threshold": 900, "abtest": {"switch": 1, "group": 3}}},
        "user": {},
        "related": related,
        "rcmdTabNames": list(_WORDS),
        "moduleHiddenCtrl": {"adRightTop": False, "rcmdList": False, "adLeftBanner": False},
        "adData": {
            str(2000 + n): [{"id": n, "contract_id": "", "pos_num": 1, "name": "", "pic": "", "url": ""}]
            for n in range(60)
        },
        "playerReloadOrigin": "",
        "queryTags": [],
        "abtest": {f"{_WORDS[n % 12]}_{n}": "DISABLE" for n in range(700)},
    }
    return dump_state(state)[1:-1]


def _related(number: int) -> dict[str, Any]:
    title = f"{_WORDS[number % 12]}与{_WORDS[(number * 5 + 1) % 12]}，第{number}集"
    aid = 112_000_000_000_000 + number
    numbers = {"view": 4000 + number, "danmaku": 31, "reply": 12, "favorite": 55, "coin": 9, "share": 3, "like": 208}
    return {
        "aid": aid,
        "cid": 29_000_000_000 + number,
        "bvid": f"BV1Lab0000{number:02}",
        "duration": 100 + number,
        "pic": f"http://i0.hdslb.com/bfs/archive/{number:040x}.jpg",
        "title": title,
        "desc": f"{title}。" * 12,
        "ai_rcmd": {
            "id": aid,
            "goto": "av",
            "trackid": f"web_related_0.router-related-{number}",
            "uniq_id": f"{number:032x}",
        },
        "owner": {
            "mid": 90_000 + number,
            "name": _WORDS[number % 12],
            "face": f"http://i1.hdslb.com/bfs/face/{number:040x}.jpg",
        },
        "stat": {"aid": aid, **numbers, "now_rank": 0, "his_rank": 0, "vt": 0, "vv": 4000 + number},
        "season_id": 0,
        "season_type": 0,
        "redirect_url": "",
        "enable_vt": 0,
        "reportParams": {"rec_pos": number + 1, "track_id": "", "source": "related"},
    }


def _channel(number: int) -> dict[str, Any]:
    subs = [
        {
            "subChannelId": number * 10_000 + n,
            "tid": 2000 + n,
            "route": f"sub{n}",
            "name": _WORDS[n],
            "tkey": f"C:{n}",
            "url": "",
        }
        for n in range(8)
    ]
    name = _WORDS[number % 12]
    link = f"//www.bilibili.com/c/lab{number}/"
    return {
        "channelId": number,
        "tid": 1000 + number,
        "route": f"lab{number}",
        "name": name,
        "tkey": "CommonChannel",
        "url": link,
        "sub": subs,
    }


@cache
def _body() -> bytes:
    """Return the rest of a page: the markup from the server, and the site's scripts."""
    card = (
        '<div class="video-page-card-small" data-v-2fdf4ea0><div class="card-box"><div class="pic-box"><a href="{0}">'
        '<picture class="b-img__inner"><source srcset="{1}@320w_200h.avif" type="image/avif"></picture></a></div>'
        '<div class="info"><a href="{0}" class="title">{2}</a><div class="upname"><span class="name">{3}</span></div>'
        '<div class="playinfo"><svg width="18" height="18" viewBox="0 0 18 18"><path d="{4}"></path></svg></div></div></div></div>'
    )
    path = "M9 2.5C6.8 2.5 5 2.6 3.8 2.7 2.7 2.8 1.9 3.6 1.8 4.6 1.7 5.7 1.6 7.3 1.6 9 1.6 10.7 1.7 12.3 1.8 13.4 " * 6
    cards = "".join(
        card.format(
            f"/video/BV1Lab0000{n:02}/",
            f"//i0.hdslb.com/bfs/archive/{n:040x}.jpg",
            _WORDS[n % 12] * 4,
            _WORDS[n % 7],
            path,
        )
        for n in range(100)
    )
    return (
        f'</head><body><div id="app" data-server-rendered="true"><div class="right-container">{cards}</div></div>'
        f'<script src="{_STATIC}" defer></script><script>{SCRIPT}</script></body></html>'
    ).encode()

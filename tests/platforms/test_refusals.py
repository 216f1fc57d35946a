"""Refusals of a session, as opposed to outcomes of a post: each platform's rule, on answers alone."""

import pytest
from scrapy.http import HtmlResponse, TextResponse

from scraper.platform.refusal import Refusal
from scraper.platform.registry import load

PLATFORMS = load(("spiders",))
STATE = '<script id="__UNIVERSAL_DATA_FOR_REHYDRATION__" type="application/json">{"__DEFAULT_SCOPE__":{%s}}</script>'
POST = '"webapp.video-detail":{"itemInfo":{"itemStruct":{"id":"1","desc":"\\\\"code\\\\":10000"}},"statusCode":0}'
URL = "https://www.example.org/"


def answer(text: str, status: int = 200, url: str = URL) -> TextResponse:
    return HtmlResponse(url, status=status, body=text.encode(), encoding="utf-8")


def shown(refusal: Refusal | None) -> str | None:
    return None if refusal is None else str(refusal)


@pytest.mark.parametrize(
    ("platform", "text", "status", "reason"),
    [
        ("tiktok", "", 200, "empty answer"),
        ("tiktok", "Please wait... <p id=\"cs\" class=\"x\"></p>", 200, "firewall page"),
        ("tiktok", "<title>Access Denied</title>", 200, "access denied"),
        ("tiktok", '{"code":"10000","type":"verify"}', 200, "captcha"),
        ("tiktok", STATE % '"webapp.video-detail":{"statusCode":10000,"statusMsg":"verify"}', 200, "captcha 10000"),
        ("tiktok", STATE % '"webapp.video-detail":{}', 200, "empty state"),
        ("tiktok", STATE % '"webapp.video-detail": null', 200, "empty state"),
        ("tiktok", "x", 403, "status 403"),
        ("tiktok", STATE % POST, 200, None),
        ("tiktok", STATE % '"webapp.video-detail":{"statusCode":10204,"statusMsg":"item does not exist"}', 200, None),
        ("tiktok", STATE % '"seo.abtest":{"canonical":"x"}', 200, None),
        ("tiktok", "", 429, None),
        ("tiktok", "", 503, None),
        ("tiktok", "", 404, None),
        ("douyin", "", 200, "empty answer"),
        ("douyin", "blocked", 200, "blocked"),
        ("douyin", "<title>验证码中间页</title>", 200, "captcha page"),
        ("douyin", "<html>anything</html>", 200, "a page"),
        ("douyin", '{"status_code":10000}', 200, "captcha"),
        ("douyin", '{"status_code":8,"status_msg":"用户未登录"}', 200, None),
        ("douyin", '{"aweme_detail":null,"filter_detail":{"filter_reason":"x","notice":"作品不见了"},"status_code":0}', 200, None),
        ("bilibili", "", 412, "status 412"),
        ("bilibili", "", 200, "empty answer"),
        ("bilibili", "<script>window._riskdata_ = {}</script>", 200, "risk control page"),
        ("bilibili", '{"code":-352,"message":"风控校验失败"}', 200, "risk control (-352)"),
        ("bilibili", '{"code":0,"data":{"v_voucher":"x"}}', 200, "risk control (0)"),
        ("bilibili", '{"code":-404,"message":"啥都木有"}', 200, None),
        ("bilibili", '{"code":-412,"message":"请求被拦截"}', 200, None),
        ("twitter", "", 403, "not let in, status 403"),
        ("twitter", '{"data":{}}', 200, None),
        ("twitter", "", 429, None),
    ],
)
def test_a_refusal_is_told_from_what_is_said_of_a_post(platform: str, text: str, status: int, reason: str | None) -> None:
    assert shown(PLATFORMS[platform].refusal(answer(text, status))) == reason


@pytest.mark.parametrize(
    ("platform", "text", "url", "reason"),
    [
        ("tiktok", "", "https://www.tiktok.com/login?redirect_url=x", "login redirect"),
        ("tiktok", STATE % POST, URL, None),
        ("douyin", '{"status_code":8,"status_msg":"用户未登录"}', URL, "status_code 8"),
        ("douyin", '{"aweme_detail":{"aweme_id":"1"},"status_code":0}', URL, None),
        ("bilibili", '{"code":-101,"message":"账号未登录"}', URL, "code -101"),
        ("bilibili", '{"code":-403,"message":"访问权限不足"}', URL, None),
        ("twitter", "{}", URL, None),
    ],
)
def test_a_dead_login_is_told_from_what_is_said_of_a_post(platform: str, text: str, url: str, reason: str | None) -> None:
    assert shown(PLATFORMS[platform].logged_out(answer(text, url=url))) == reason

"""Douyin's URL forms (docs/platforms.md)."""

from scraper.links.pattern import LinkPattern

_WEB = ("www.douyin.com", "douyin.com", "m.douyin.com")
_ALL = (*_WEB, "www.iesdouyin.com", "iesdouyin.com", "m.iesdouyin.com", "jingxuan.douyin.com")
_LONG = ("www.ixigua.com", "ixigua.com", "m.ixigua.com")  # same company: recognised, but no request goes there

_ID = r"(?P<id>[1-9]\d{0,18})"
_SHARE = r"/(?:(?:share|m|m/share)/)?"
_HOME = "https://www.douyin.com"
_ROOM = "https://webcast.amemv.com/douyin/webcast/reflow"

LINKS = (
    LinkPattern("video", _ALL, rf"{_SHARE}video/{_ID}/?", f"{_HOME}/video/{{id}}"),
    LinkPattern("photo", _ALL, rf"{_SHARE}(?:note|slides|gallery)/{_ID}/?", f"{_HOME}/note/{{id}}"),
    LinkPattern("video", ("open.douyin.com",), r"/player/video/?", f"{_HOME}/video/{{id}}", query=r"vid=(?P<id>[1-9]\d{0,18})"),
    LinkPattern("video", _ALL, r"/[^?]*", f"{_HOME}/video/{{id}}", query=r"modal_id=(?P<id>[1-9]\d{0,18})"),
    LinkPattern("video", _ALL, r"/[^?]*", f"{_HOME}/video/{{id}}", query=r"vid=(?P<id>[1-9]\d{0,18})"),
    LinkPattern("user", _ALL, r"/share/user/[^/?]*/?", f"{_HOME}/user/{{id}}", query=r"sec_uid=(?P<id>[\w\-]{5,120})"),
    LinkPattern("user", _ALL, r"/(?:share/)?user/(?P<id>[\w\-]{5,120})/?", f"{_HOME}/user/{{id}}"),
    LinkPattern("collection", _ALL, rf"/(?:share/)?(?:collection|mix)/(?:detail/)?{_ID}(?:/\d*)?/?", f"{_HOME}/collection/{{id}}"),
    LinkPattern("sound", _ALL, rf"/(?:share/)?music/{_ID}/?", f"{_HOME}/music/{{id}}"),
    LinkPattern("tag", _ALL, rf"/(?:share/)?(?:hashtag|challenge)/{_ID}/?", f"{_HOME}/hashtag/{{id}}"),
    LinkPattern("article", _ALL, rf"{_SHARE}article/{_ID}/?", f"{_HOME}/article/{{id}}"),
    LinkPattern("live", ("live.douyin.com",), r"/(?P<id>[1-9]\d{0,18}|(?=\w*\d)\w{4,40})/?", "https://live.douyin.com/{id}"),
    LinkPattern("live", _WEB, rf"/(?:follow|root)/live/{_ID}/?", "https://live.douyin.com/{id}"),
    LinkPattern("live", _WEB, r"/follow/?", "https://live.douyin.com/{id}", query=r"webRid=(?P<id>[1-9]\d{0,18})"),
    LinkPattern("live", ("webcast.amemv.com",), rf"/(?:douyin/)?webcast/reflow/{_ID}/?", f"{_ROOM}/{{id}}"),
    LinkPattern("live", _ALL, rf"/share/live/{_ID}/?", f"{_ROOM}/{{id}}"),
    LinkPattern("vsdetail", _ALL, r"/(?P<form>vs|lv)detail/(?P<id>\w{1,40})/?", f"{_HOME}/{{form}}detail/{{id}}"),
    LinkPattern("vsdetail", _LONG, r"/(?:i|(?:i|video|group|share/video)/)?(?P<id>[1-9]\d{4,18})/?", "https://www.ixigua.com/{id}"),
    LinkPattern("search", _WEB, r"/(?:(?:root|jingxuan)/)?search/(?P<id>[^/?]{1,300})/?", f"{_HOME}/search/{{id}}"),
    LinkPattern("list", _WEB, r"/(?P<id>(?:hot|channel)/\w{1,40})/?", f"{_HOME}/{{id}}"),
    LinkPattern("short", ("v.douyin.com", "jx.douyin.com"), r"/(?P<id>[\w\-]{4,40})/?", "https://{host}/{id}/"),
)  # fmt: skip

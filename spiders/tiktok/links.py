"""TikTok's URL forms (docs/platforms.md)."""

from scraper.core.links import LinkPattern

_WEB = ("www.tiktok.com", "tiktok.com", "m.tiktok.com", "lite.tiktok.com")
_SHARE = ("www.tiktokv.com", "tiktokv.com", "m.tiktok.com", "www.tiktok.com")
_POST = "https://www.tiktok.com/@{user}/video/{id}"
_BARE = "https://www.tiktok.com/@_/video/{id}"
_PHOTO = "https://www.tiktok.com/@{user}/photo/{id}"
_SHORT = ("vm.tiktok.com", "vt.tiktok.com", "t.tiktok.com", "pro.tiktok.com")
_CODE = r"(?P<id>[A-Za-z0-9_\-]{5,20})/?"

LINKS = (
    LinkPattern("video", _WEB, r"/@(?P<user>[^/]{0,300})/video/(?P<id>\d{1,20})/?", _POST),
    LinkPattern("photo", _WEB, r"/@(?P<user>[^/]{0,300})/photo/(?P<id>\d{1,20})/?", _PHOTO),
    LinkPattern(
        "video",
        (*_WEB, "www.tiktokv.com"),
        r"/(?:embed|embed/v[23]|player/v1|video|v)/(?P<id>\d{1,20})(?:\.html)?/?",
        _BARE,
    ),
    LinkPattern("video", _SHARE, r"/(?:i18n/)?share/video/(?P<id>\d{1,20})/?", _BARE),
    LinkPattern("photo", _SHARE, r"/(?:i18n/)?share/photo/(?P<id>\d{1,20})/?", "https://www.tiktok.com/@_/photo/{id}"),
    LinkPattern("live", _WEB, r"/@(?P<id>[\w.\-]{1,64})/live/?", "https://www.tiktok.com/@{id}/live"),
    LinkPattern("live", _WEB, r"/share/live/(?P<id>\d{1,20})/?", "https://www.tiktok.com/share/live/{id}"),
    LinkPattern(
        "collection",
        _WEB,
        r"/@(?P<user>[^/]{1,300})/collection/(?P<name>[^/]{0,300}-)?(?P<id>\d{1,20})/?",
        "https://www.tiktok.com/@{user}/collection/{name}{id}",
    ),
    LinkPattern(
        "playlist",
        _WEB,
        r"/@(?P<user>[^/]{1,300})/playlist/(?P<name>[^/]{0,300}-)?(?P<id>\d{1,20})/?",
        "https://www.tiktok.com/@{user}/playlist/{name}{id}",
    ),
    LinkPattern(
        "user",
        _WEB,
        r"/@(?P<id>[\w.\-]{1,64})(?:/(?:posts|reposts|stories|liked|saved|avatar|following))?/?",
        "https://www.tiktok.com/@{id}",
    ),
    LinkPattern(
        "sound", _WEB, r"/music/(?P<name>[^/]{0,300}-)?(?P<id>\d{1,20})/?", "https://www.tiktok.com/music/{name}{id}"
    ),
    LinkPattern(
        "effect",
        _WEB,
        r"/(?P<form>sticker|effect)/(?P<name>[^/]{0,300}-)?(?P<id>\d{1,20})/?",
        "https://www.tiktok.com/{form}/{name}{id}",
    ),
    LinkPattern("tag", _WEB, r"/tag/(?P<id>[^/]{1,200})/?", "https://www.tiktok.com/tag/{id}"),
    *(LinkPattern("short", (host,), "/" + _CODE, f"https://{host}/{{id}}/") for host in _SHORT),
    LinkPattern("short", _WEB, "/t/" + _CODE, "https://www.tiktok.com/t/{id}/"),
)

"""TikTok's URL forms (docs/platforms.md)."""

from scraper.links.pattern import UNWRAP, BareId, LinkPattern

_WEB = ("www.tiktok.com", "tiktok.com", "m.tiktok.com", "lite.tiktok.com")
_ALL = (*_WEB, "www.tiktokv.com", "tiktokv.com", "m.tiktokv.com", "t.tiktok.com")
_SHORT = ("vm.tiktok.com", "vt.tiktok.com", "t.tiktok.com", "pro.tiktok.com")

_ID = r"(?P<id>[1-9]\d{0,18})"
_USER = r"/@(?P<user>[^/?]{0,300})"
_SECUID = r"MS4wLjABAAAA[\w\-]{20,80}"
_CODE = r"(?P<id>[A-Za-z0-9_\-]{5,20})/?"
_BY_USER = rf"{_USER}/(?:video|v)/{_ID}(?:\.html)?/?"
_BY_ID = rf"/(?:embed(?:/v\d)?|player/v1|video|v|(?:i18n/)?share/(?:video|item))/{_ID}(?:\.html)?/?"
_TABS = r"posts|reposts|stories|liked|likes|saved|favorites|avatar|following|followers|videos|photos"
_PHOTO_SHARE = r"aweme_type=150"  # announces a photo post, for any path

_VIDEO = "https://www.tiktok.com/@{user}/video/{id}"
_PHOTO = "https://www.tiktok.com/@{user}/photo/{id}"
_HOME = "https://www.tiktok.com"

LINKS = (
    LinkPattern("photo", _ALL, _BY_USER, _PHOTO, where=_PHOTO_SHARE),
    LinkPattern("video", _ALL, _BY_USER, _VIDEO),
    LinkPattern("photo", _ALL, rf"{_USER}/photo/{_ID}/?", _PHOTO),
    LinkPattern("photo", _ALL, _BY_ID, f"{_HOME}/@_/photo/{{id}}", where=_PHOTO_SHARE),
    LinkPattern("video", _ALL, _BY_ID, f"{_HOME}/@_/video/{{id}}"),
    LinkPattern("photo", _ALL, rf"/(?:(?:i18n/)?share/)?photo/{_ID}(?:\.html)?/?", f"{_HOME}/@_/photo/{{id}}"),
    LinkPattern("live", _WEB, r"/@(?P<id>[\w.\-]{1,64})/live/?", f"{_HOME}/@{{id}}/live"),
    LinkPattern("live", _ALL, rf"/(?:i18n/)?share/live/{_ID}/?", f"{_HOME}/share/live/{{id}}"),
    LinkPattern("collection", _WEB, rf"{_USER}/collection/(?P<name>[^/?]{{0,300}}-)?{_ID}/?", f"{_HOME}/@{{user}}/collection/{{name}}{{id}}"),
    LinkPattern("playlist", _WEB, rf"/(?:@(?P<user>[^/?]{{0,300}})/)?playlist/(?P<name>[^/?]{{0,300}}-)?{_ID}/?", f"{_HOME}/@{{user}}/playlist/{{name}}{{id}}"),
    LinkPattern("user", _WEB, rf"/@(?P<id>{_SECUID})/?", f"{_HOME}/@{{id}}"),
    LinkPattern("user", _WEB, rf"/(?:embed/)?@(?P<id>[\w.\-]{{1,64}})(?:/(?:{_TABS}))?/?", f"{_HOME}/@{{id}}"),
    LinkPattern("user", _ALL, rf"/(?:h5/)?share/(?:usr|user)/{_ID}(?:\.html)?/?", f"{_HOME}/share/user/{{id}}"),
    LinkPattern("sound", _WEB, rf"/(?:share/)?music/(?P<name>[^/?]{{0,300}}-)?{_ID}/?", f"{_HOME}/music/{{name}}{{id}}"),
    LinkPattern("effect", _WEB, rf"/(?P<form>sticker|effect)s?/(?P<name>[^/?]{{0,300}}-)?{_ID}/?", f"{_HOME}/{{form}}/{{name}}{{id}}"),
    LinkPattern("tag", _WEB, r"/(?:share/)?tag/(?P<id>[^/?\s]{1,200})/?", f"{_HOME}/tag/{{id}}"),
    LinkPattern("search", _WEB, r"/search(?:/\w+)?/?", f"{_HOME}/search?q={{id}}", query=r"q=(?P<id>[^&]{1,300})"),
    LinkPattern("list", _WEB, r"/(?P<id>(?:discover|place)/[^/?\s]{1,200})/?", f"{_HOME}/{{id}}"),
    LinkPattern("list", _WEB, r"/(?P<id>following)/?", f"{_HOME}/{{id}}"),
    LinkPattern("short", _SHORT, rf"/(?:t/)?{_CODE}", "https://{host}/{id}/"),
    LinkPattern("short", _WEB, rf"/t/{_CODE}", f"{_HOME}/t/{{id}}/"),
    LinkPattern("short", _WEB, r"/(?P<id>Z(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{7,11})/?", f"{_HOME}/{{id}}/"),
    LinkPattern(UNWRAP, _WEB, r"/oembed/?", "{id}", query=r"url=(?P<id>[^&]+)"),
    LinkPattern("video", _ALL, r"/(?!@)[^?]*", f"{_HOME}/@_/video/{{id}}", query=r"(?:share_item_id|item_id)=(?P<id>[1-9]\d{4,18})"),
)  # fmt: skip
IDS = (BareId(_SECUID, f"{_HOME}/@{{}}", prefix="tiktokuser:"),)

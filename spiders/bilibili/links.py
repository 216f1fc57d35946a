"""Bilibili's URL forms (docs/platforms.md)."""

from scraper.links.pattern import BareId, LinkPattern
from spiders.bilibili.ids import to_bvid

_WEB = ("www.bilibili.com", "bilibili.com", "m.bilibili.com")
_SHORT = ("b23.tv", "bili2233.cn", "bili22.cn", "bili23.cn", "bili33.cn")
_SPACE = ("space.bilibili.com",)
_PLAYER = ("player.bilibili.com",)
_INTL = ("www.bilibili.tv", "bilibili.tv", "m.bilibili.tv", "www.biliintl.com", "biliintl.com", "m.biliintl.com")

_BV = r"BV1[1-9A-HJ-NP-Za-km-z]{9}"
_VIDEO_ID = r"(?P<id>(?i:bv)1[1-9A-HJ-NP-Za-km-z]{9}|(?i:av)[1-9]\d{0,15})"
_AID = r"aid=(?P<id>(?:(?i:av))?[1-9]\d{0,15})"
_BVID = rf"bvid={_VIDEO_ID}"
_ID = r"(?P<id>[1-9]\d{0,18})"
_LANGUAGE = r"/(?:[a-z]{2}(?:-[A-Za-z]{2,4})?/)?"
_HOME = "https://www.bilibili.com"
_VIDEO = f"{_HOME}/video/{{id}}"
_LIST = f"{_HOME}/list/{{id}}"
_SEASON = "https://space.bilibili.com/{mid}/lists/{id}?type=season"
_SERIES = "https://space.bilibili.com/{mid}/lists/{id}?type=series"


def _to_bvid(written: str) -> str | None:
    """Return the BV id of a video, from itself, ``avN`` or N; None for a number that no video can have."""
    if written[:1] in "bB":
        return "BV" + written[2:]
    try:
        return to_bvid(int(written.lower().removeprefix("av")))
    except ValueError:
        return None


def _video(hosts: tuple[str, ...], path: str, query: str = "", part_from: str = "p") -> LinkPattern:
    return LinkPattern("video", hosts, path, _VIDEO, query, convert=_to_bvid, part="?p={part}", part_from=part_from)


LINKS = (
    _video(_WEB, rf"/(?:(?:s/|mobile/)?video/)?{_VIDEO_ID}(?:\.html|/(?:index_|p)(?P<part>\d{{1,4}})(?:\.html)?)?/?"),
    _video(_SHORT, rf"/(?:video/)?{_VIDEO_ID}(?:/p(?P<part>\d{{1,4}}))?/?"),
    _video(_PLAYER, r"/(?:player\.html)?", _BVID, "p|page"),
    _video(_PLAYER, r"/(?:player\.html)?", _AID, "p|page"),
    _video(_WEB, r"/[\w/\-]+\.html", _BVID, "p|page"),
    _video(_WEB, r"/[\w/\-]+\.html", _AID, "p|page"),
    _video(_WEB, r"/festival/[^/?]+/?", _BVID),
    _video(_WEB, r"/(?:list|medialist/play|watchlater)(?:/[^?]*)?", _BVID),
    _video(_WEB, rf"/(?:list|medialist/play)/\w+/{_VIDEO_ID}(?:/p(?P<part>\d{{1,4}}))?/?"),
    LinkPattern("bangumi", (*_WEB, *_SHORT), r"/(?:bangumi/play/)?(?P<id>(?i:ep|ss)[1-9]\d{0,11})/?", f"{_HOME}/bangumi/play/{{id}}", convert=str.lower),
    LinkPattern("bangumi", (*_WEB, *_SHORT), r"/(?:bangumi/media/)?(?P<id>(?i:md)[1-9]\d{0,11})/?", f"{_HOME}/bangumi/media/{{id}}", convert=str.lower),
    LinkPattern("bangumi", ("bangumi.bilibili.com",), r"/anime/(?P<id>[1-9]\d{0,11})(?:/play)?/?", f"{_HOME}/bangumi/play/{{id}}", convert="ss{}".format),
    LinkPattern("course", _WEB, r"/cheese/play/(?P<id>(?:ep|ss)[1-9]\d{0,11})/?", f"{_HOME}/cheese/play/{{id}}"),
    LinkPattern("audio", (*_WEB, *_SHORT), r"/(?:audio/)?(?P<id>(?i:au)[1-9]\d{0,11})/?", f"{_HOME}/audio/{{id}}", convert=str.lower),
    LinkPattern("playlist", (*_WEB, *_SHORT), r"/(?:audio/)?(?P<id>(?i:am)[1-9]\d{0,11})/?", f"{_HOME}/audio/{{id}}", convert=str.lower),
    LinkPattern("opus", _WEB, rf"/(?:opus|dynamic|h5/dynamic/detail)/{_ID}/?", f"{_HOME}/opus/{{id}}"),
    LinkPattern("opus", ("t.bilibili.com",), rf"/(?:h5/dynamic/detail/)?{_ID}/?", f"{_HOME}/opus/{{id}}"),
    LinkPattern("article", (*_WEB, *_SHORT), r"/(?:read/)?(?P<id>(?i:cv)[1-9]\d{0,11})/?", f"{_HOME}/read/{{id}}", convert=str.lower),
    LinkPattern("article", _WEB, r"/read/(?:mobile|native|app)/(?P<id>[1-9]\d{0,11})/?", f"{_HOME}/read/{{id}}", convert="cv{}".format),
    LinkPattern("article", _WEB, r"/read/(?:mobile|native|app)/?", f"{_HOME}/read/{{id}}", r"id=(?P<id>[1-9]\d{0,11})", convert="cv{}".format),
    LinkPattern("album", ("h.bilibili.com",), r"/(?:(?:ywh/)?(?:h5/)?)(?P<id>[1-9]\d{0,18})/?", "https://h.bilibili.com/{id}"),
    LinkPattern("series", _SPACE, r"/(?P<mid>[1-9]\d{0,18})/lists/(?P<id>[1-9]\d{0,18})/?", _SERIES, where="type=series"),
    LinkPattern("series", _SPACE, r"/(?P<mid>[1-9]\d{0,18})/lists/?", _SERIES, r"sid=(?P<id>[1-9]\d{0,18})", "type=series"),
    LinkPattern("series", _SPACE, r"/(?P<mid>[1-9]\d{0,18})/channel/seriesdetail/?", _SERIES, r"sid=(?P<id>[1-9]\d{0,18})"),
    LinkPattern("collection", _SPACE, r"/(?P<mid>[1-9]\d{0,18})/lists/(?P<id>[1-9]\d{0,18})/?", _SEASON),
    LinkPattern("collection", _SPACE, r"/(?P<mid>[1-9]\d{0,18})/(?:lists|channel/collectiondetail)/?", _SEASON, r"sid=(?P<id>[1-9]\d{0,18})"),
    LinkPattern("playlist", _SPACE, r"/\d{1,20}/favlist/?", _LIST, r"fid=(?P<id>[1-9]\d{0,18})", convert="ml{}".format),
    LinkPattern("user", _SPACE, r"/(?P<id>[1-9]\d{0,18})(?:/[\w/\-]*)?", "https://space.bilibili.com/{id}"),
    LinkPattern("user", _WEB, rf"/space/{_ID}/?", "https://space.bilibili.com/{id}"),
    LinkPattern("playlist", _WEB, r"/(?:list|medialist/play|medialist/detail)/(?P<id>\w{1,40})/?", _LIST),
    LinkPattern("playlist", _WEB, r"/(?P<id>watchlater)/?", _LIST),
    LinkPattern("live", ("live.bilibili.com",), r"/(?:blanc/|h5/)?(?P<id>[1-9]\d{0,18})/?", "https://live.bilibili.com/{id}"),
    LinkPattern("tag", _WEB, r"/(?:v/topic/detail|topic-detail)/?", f"{_HOME}/v/topic/detail?topic_id={{id}}", r"topic_id=(?P<id>[1-9]\d{0,18})"),
    LinkPattern("tag", _WEB, rf"/tag/{_ID}/?", f"{_HOME}/tag/{{id}}"),
    LinkPattern("list", _WEB, r"/(?P<id>[vc]/[\w\-]{1,40}(?:/[\w\-]{1,40}){0,3})/?", f"{_HOME}/{{id}}"),
    LinkPattern("list", _WEB, r"/(?P<id>read/readlist/rl\d{1,12})/?", f"{_HOME}/{{id}}"),
    LinkPattern("search", ("search.bilibili.com", *_WEB), r"/(?:search|all|video|bangumi|pgc|live|article|upuser|photo|topic)?/?", "https://search.bilibili.com/all?keyword={id}", r"keyword=(?P<id>[^&]{1,300})"),
    LinkPattern("intl", _INTL, rf"{_LANGUAGE}video/{_ID}/?", "https://www.bilibili.tv/video/{id}"),
    LinkPattern("intl", _INTL, rf"{_LANGUAGE}play/(?P<season>[1-9]\d{{0,18}})/{_ID}/?", "https://www.bilibili.tv/play/{season}/{id}"),
    LinkPattern("intl", _INTL, rf"{_LANGUAGE}(?:play|media)/{_ID}/?", "https://www.bilibili.tv/play/{id}"),
    LinkPattern("short", _SHORT, r"/(?P<id>[A-Za-z0-9]{4,11})/?", "https://{host}/{id}"),
)  # fmt: skip
_PART = r"(?:/?\?p=[1-9]\d{0,3})?"
IDS = (
    BareId(_BV + _PART, f"{_HOME}/video/{{}}"),
    BareId(rf"[aA][vV][1-9]\d{{2,15}}{_PART}(?!\.\d)", f"{_HOME}/video/{{}}"),
    BareId(rf"[aA][vV](?!1(?!\d))[1-9]\d{{0,15}}{_PART}", f"{_HOME}/video/{{}}", is_alone=True),
)

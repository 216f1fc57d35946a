"""The media servers: signed paths with their time of expiry, signed pictures, sounds; 403 for strangers."""

import re
from dataclasses import dataclass
from time import gmtime, strftime
from urllib.parse import quote, urlencode

from tests.lab.media import MIME
from tests.lab.messages import Ask, Reply, page, redirect
from tests.lab.pictures import in_form
from tests.lab.ranges import Blob, serve
from tests.lab.recipes import RECIPES
from tests.lab.seal import Seal
from tests.lab.things import Thing

HOME = "https://www.douyin.com/"
VIDEO_HOSTS = {
    "v3": "v3-web.douyinvod.com",
    "v26": "v26-web.douyinvod.com",
    "denying": "v9-web.douyinvod.com",
}
"""The hosts by their use."""
IMAGE_HOSTS = ("p3-pc-sign.douyinpic.com", "p9-pc-sign.douyinpic.com")
_AVATAR_HOST = "p3-pc.douyinpic.com"
MUSIC_HOSTS = ("sf5-hl-cdn-tos.douyinstatic.com", "sf3-cdn-tos.douyinstatic.com")
HOSTS = (*VIDEO_HOSTS.values(), *IMAGE_HOSTS, _AVATAR_HOST, *MUSIC_HOSTS)
_VIDEO_LIFE = 3600
_IMAGE_LIFE = 14 * 86400
_VIDEO = re.compile(r"/(?P<hash>\w+)(?P<rest>/(?P<until>[0-9a-f]{8})/video/tos/cn/[\w\-]+/(?P<key>\w+)/)")
_PICTURE = re.compile(r"/[\w\-/]+/(?P<key>\w+)(?:~(?P<shape>[\w\-:=]+))?\.(?P<ext>jpeg|png|webp)")
_CODECS = {"jpeg": "mjpeg", "png": "png", "webp": "webp"}
_DENIED = "<HTML><HEAD><TITLE>403 Forbidden</TITLE></HEAD><BODY><H1>403 Forbidden</H1></BODY></HTML>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """The answer that a set of URLs belongs to."""

    now: float
    lifetime: float | None = None
    """Seconds; None = the usual lifetime."""

    def until(self, usual: int) -> int:
        """Return the expiry of a URL that usually lives *usual* seconds."""
        return int(self.now + (usual if self.lifetime is None else self.lifetime))

    @property
    def log_id(self) -> str:
        """The end of every URL in the answer."""
        return f"{strftime('%Y%m%d%H%M%S', gmtime(self.now))}{int(self.now * 1000):020X}"


class Cdn:
    """Signs URLs for its things and answers requests for them."""

    def __init__(self) -> None:
        self._seal = Seal()
        self._things: dict[str, Thing] = {}

    def put(self, thing: Thing) -> Thing:
        """Register *thing*."""
        self._things[thing.key] = thing
        return thing

    def video_url(self, thing: Thing, visit: Visit, host: str = "v3") -> str:
        """Return the URL of a video on one of VIDEO_HOSTS."""
        rest = f"/{visit.until(_VIDEO_LIFE):08x}/video/tos/cn/tos-cn-ve-15/{thing.key}/"
        rate = str(int(thing.size * 8 / RECIPES[thing.medium].seconds / 1000))
        query = {"a": "6383", "ch": "10010", "cr": "3", "dr": "0", "lr": "all", "cd": "0|0|0|3", "cv": "1"}
        query |= {"br": rate, "bt": rate, "cs": "0", "ds": "4", "ft": "LabFtLabFtLabFtLabFt", "mime_type": "video_mp4"}
        query |= {"qs": "0", "rc": "TGFiTGFiTGFi", "btag": "c0000e00008000", "cquery": "101r_100B_100x_100z_100o"}
        query |= {"dy_q": str(int(visit.now)), "feature_id": "0lab0feature0id00", "l": visit.log_id}
        name = VIDEO_HOSTS[host]
        return f"https://{name}/{self._sign(name, rest)}{rest}?{urlencode(query, quote_via=quote)}"

    def image_url(self, thing: Thing, visit: Visit, shape: str, ext: str, host: int = 0) -> str:
        """Return the URL of a picture; *shape* is the platform's word for its treatment."""
        path, until = f"/tos-cn-i-0813/{thing.key}~{shape}.{ext}", str(visit.until(_IMAGE_LIFE))
        query = {"lk3s": "138a59ce", "x-expires": until, "x-signature": self._sign(path, until), "from": "327834062"}
        query |= {"s": "PackSourceEnum_AWEME_DETAIL", "se": "false", "sc": "image", "biz_tag": "pcweb_cover"}
        return f"https://{IMAGE_HOSTS[host]}{path}?{urlencode(query | {'l': visit.log_id})}"

    def avatar_url(self, thing: Thing) -> str:
        """Return the URL of a face."""
        return f"https://{_AVATAR_HOST}/aweme/100x100/aweme-avatar/{thing.key}.{thing.ext}?from=327834062"

    def music_urls(self, thing: Thing) -> list[str]:
        """Return the URLs of a sound: they are not signed, and every client may use them."""
        return [f"https://{host}/obj/ies-music/{thing.key}.{thing.ext}" for host in MUSIC_HOSTS]

    def answer(self, ask: Ask) -> Reply:
        """Answer a request for a medium."""
        if ask.method not in ("GET", "HEAD"):
            return page("", 405, "method")
        if ask.host in VIDEO_HOSTS.values():
            return self._video(ask)
        if ask.host in MUSIC_HOSTS:
            return _serve(ask, self.find(ask.path.rpartition("/")[2].partition(".")[0]))
        return self._picture(ask)

    def find(self, key: str) -> Thing | None:
        """Return the file with this key."""
        return self._things.get(key)

    def lead_to(self, ask: Ask, thing: Thing | None, visit: Visit) -> Reply:
        """Answer a play address: redirect to a URL that is signed now."""
        if reason := refuse_stranger(ask):
            return page(_DENIED, 403, reason)
        return page("", 404, "no such video") if thing is None else redirect(self.video_url(thing, visit))

    def _video(self, ask: Ask) -> Reply:
        found = _VIDEO.fullmatch(ask.path)
        if ask.host == VIDEO_HOSTS["denying"]:
            reason = "this server denies everybody"
        elif found is None or found["hash"] != self._sign(ask.host, found["rest"]):
            reason = "signature"
        elif int(found["until"], 16) < ask.now:
            reason = "expired"
        else:
            reason = refuse_stranger(ask)
        if reason or found is None:
            return page(_DENIED, 403, reason)
        return _serve(ask, self.find(found["key"]))

    def _picture(self, ask: Ask) -> Reply:
        found, query = _PICTURE.fullmatch(ask.path), ask.query
        reason = refuse_referer(ask)
        if not reason and ask.host != _AVATAR_HOST:
            until = query.get("x-expires", "")
            if query.get("x-signature") != self._sign(ask.path, until):
                reason = "signature"
            elif int(until) < ask.now:
                reason = "expired"
        if reason:
            return page(_DENIED, 403, reason)
        return _serve(ask, None if found is None else self.find(found["key"]), found)

    def _sign(self, *parts: str) -> str:
        return self._seal.sign("\n".join(parts), {})


def refuse_stranger(ask: Ask) -> str:
    """Return the reason why this client gets no video, or an empty text; cookies do not matter."""
    return "user agent" if not ask.user_agent.startswith("Mozilla/5.0 ") else refuse_referer(ask)


def refuse_referer(ask: Ask) -> str:
    """Return the fault of the request's Referer, or an empty text."""
    return "" if ask.headers.get("Referer", "").startswith(HOME) else "referer"


def _serve(ask: Ask, thing: Thing | None, form: re.Match[str] | None = None) -> Reply:
    """Answer with *thing*; a picture in the *form* that its URL names."""
    if thing is None:
        return page("", 404, "no such file")
    fault = ask.fault or thing.fault
    reply = serve(ask, thing.blob(fault) if form is None else _develop(thing, form).under(fault))
    reply.fault = fault
    return reply


def _develop(thing: Thing, form: re.Match[str]) -> Blob:
    """Return a picture with the codec and the watermark that *form* names."""
    medium = f"{thing.medium}-logo" if "dy-water" in (form["shape"] or "") else thing.medium
    recipe = RECIPES[medium]
    data = in_form(medium, (recipe.width, recipe.height), _CODECS[form["ext"]])
    return Blob(data, MIME[form["ext"]], thing.modified)

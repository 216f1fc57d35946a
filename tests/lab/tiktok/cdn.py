"""TikTok's media servers: URLs that are signed, expire, and are bound to a cookie and a User-Agent; else 403."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from tests.lab.messages import Ask, Reply, page
from tests.lab.ranges import serve
from tests.lab.seal import Seal
from tests.lab.things import Thing

VIDEO_HOSTS = ("v16-webapp-prime.tiktok.com", "v19-webapp-prime.us.tiktok.com")
IMAGE_HOST = "p16-sign-va.tiktokcdn.com"
MUSIC_HOST = "sf16-ies-music-va.tiktokcdn.com"
SUBTITLE_HOST = "v16-cla.tiktokcdn.com"
HOSTS = (*VIDEO_HOSTS, IMAGE_HOST, MUSIC_HOST, SUBTITLE_HOST)
VIDEO_LIFE = 6 * 3600
IMAGE_LIFE = 48 * 3600
_PAGES = ("www.tiktok.com", "m.tiktok.com", "tiktok.com")
_DENIED = "<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY><H1>Access Denied</H1>No permission.</BODY></HTML>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """The page request that a set of URLs belongs to."""

    chain_token: str
    user_agent: str
    now: float
    lifetime: float | None = None
    """Seconds; None = the usual lifetime."""


class Cdn:
    """Signs URLs for its things and answers requests for them."""

    def __init__(self) -> None:
        self._seal = Seal()
        self._things: dict[str, Thing] = {}

    def put(self, thing: Thing) -> Thing:
        """Register *thing*."""
        self._things[thing.key] = thing
        return thing

    def video_url(self, thing: Thing, visit: Visit, *, host: int = 0, logo: str = "", tail: str = "") -> str:
        """Return the URL of a video; *logo* is ``path`` or ``query`` for a watermarked one, *tail* ends the path."""
        path = f"/video/tos/useast2a/tos-useast2a-ve-0068c003/{'mps/logo/' if logo == 'path' else ''}{thing.key}/{tail}"
        query = {
            "a": "1988",
            "bti": _mark(visit.chain_token),
            "ch": "0",
            "cr": "3",
            "dr": "0",
            "lr": "all",
            "cd": "0|0|0|",
        }
        query |= {
            "cv": "1",
            "br": "1564",
            "bt": "782",
            "ds": "6",
            "ft": "4KJMyMzm8Zmo0",
            "mime_type": "video_mp4",
            "qs": "0",
        }
        query |= {"rc": _mark(visit.user_agent), "btag": "e00088000"}
        if logo:
            query["lr"] = "tiktok_m"
        if logo == "query":
            query |= {"logo_type": "tiktok_m", "user_text": "QGxhYg=="}
        query |= {
            "expire": str(int(visit.now + _or(visit.lifetime, VIDEO_LIFE))),
            "l": "20250801061939267AC1A1D97A4203D6EA",
        }
        query |= {"ply_type": "2", "policy": "2"}
        query["signature"] = self._seal.sign(path, query)
        query["tk"] = "tt_chain_token"
        return f"https://{VIDEO_HOSTS[host]}{path}?{urlencode(query, quote_via=quote)}"

    def image_url(self, thing: Thing, visit: Visit, *, shape: str = "tplv-tiktokx-origin.image") -> str:
        """Return the URL of a picture; *shape* is the platform's word for its treatment."""
        path = f"/tos-maliva-p-0068/{thing.key}~{shape}"
        query = {
            "dr": "9627",
            "x-expires": str(int(visit.now + _or(visit.lifetime, IMAGE_LIFE))),
            "t": "4d5b0474",
            "ps": "13740610",
        }
        query["x-signature"] = self._seal.sign(path, query)
        return f"https://{IMAGE_HOST}{path}?{urlencode(query, quote_via=quote)}"

    def music_url(self, thing: Thing) -> str:
        """Return the URL of a sound: it is not signed, and every client may use it."""
        mime = "audio_mpeg" if thing.ext == "mp3" else "audio_mp4"
        return f"https://{MUSIC_HOST}/obj/tos-useast2a-ve-2774/{thing.key}?a=1988&mime_type={mime}"

    def subtitle_url(self, thing: Thing, visit: Visit) -> str:
        """Return the URL of a subtitle: hash and hex time in the path."""
        expires = f"{int(visit.now + _or(visit.lifetime, IMAGE_LIFE)):x}"
        rest = f"/{expires}/video/tos/useast2a/tos-useast2a-pv-0037/{thing.key}/"
        return f"https://{SUBTITLE_HOST}/{self._seal.sign(rest, {})}{rest}?a=1988&mime_type=video_mp4&vr="

    def answer(self, ask: Ask) -> Reply:
        """Answer a request for a medium."""
        if ask.method not in ("GET", "HEAD"):
            return page("", 405, "method")
        reason = self._refuse_video(ask) if ask.host in VIDEO_HOSTS else self._refuse_other(ask)
        if not reason and urlsplit(ask.headers.get("Referer", "")).hostname not in _PAGES:
            reason = "referer"
        if reason:
            return page(_DENIED, 403, reason)
        thing = self._find(ask.path)
        if thing is None:
            return page("", 404, "no such file")
        fault = ask.fault or thing.fault
        reply = serve(ask, thing.blob(fault))
        reply.fault = fault
        return reply

    def _refuse_video(self, ask: Ask) -> str:
        """Return the reason why a video is refused, or an empty text."""
        query = parse_qsl(urlsplit(ask.url).query, keep_blank_values=True)
        signed = {name: value for name, value in query if name not in ("signature", "tk")}
        values = dict(query)
        if values.get("signature") != self._seal.sign(ask.path, signed):
            return "signature"
        if int(values["expire"]) < ask.now:
            return "expired"
        token = ask.cookies.get("tt_chain_token")
        if token is None:
            return "no tt_chain_token"
        if _mark(token) != values["bti"]:
            return "tt_chain_token of another answer"
        return "user agent" if _mark(ask.user_agent) != values["rc"] else ""

    def _refuse_other(self, ask: Ask) -> str:
        """Return the reason why a picture or a subtitle is refused, or an empty text; sounds are not signed."""
        if ask.host == MUSIC_HOST:
            return ""
        if ask.host == SUBTITLE_HOST:
            _, given, rest = ask.path.split("/", 2) if ask.path.count("/") > 2 else ("", "", "0/")
            signature, expires = self._seal.sign(f"/{rest}", {}), rest.partition("/")[0]
            return "signature" if given != signature else "expired" if int(expires, 16) < ask.now else ""
        query = ask.query
        given = query.pop("x-signature", "")
        if given != self._seal.sign(ask.path, query):
            return "signature"
        return "expired" if int(query["x-expires"]) < ask.now else ""

    def _find(self, path: str) -> Thing | None:
        parts = path.replace("~", "/").split("/")
        return next((self._things[part] for part in parts if part in self._things), None)


@lru_cache(maxsize=4096)
def _mark(value: str) -> str:
    """Return the mark in a URL for the value to which it is bound."""
    return hashlib.sha256(value.encode()).hexdigest()[:16]


def _or(value: float | None, usual: float) -> float:
    return usual if value is None else value

"""The media servers: signed URLs on several mirrors, some of them down; pictures and subtitles beside them."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from tests.lab.messages import Ask, Reply, page
from tests.lab.ranges import serve
from tests.lab.seal import Seal
from tests.lab.things import Thing

MIRRORS = {
    "cos": "upos-sz-mirrorcos.bilivideo.com",
    "akam": "upos-hz-mirrorakam.akamaized.net",
    "denying": "upos-sz-mirrorali.bilivideo.com",
    "empty": "upos-sz-mirrorbd.bilivideo.com",
    "junk": "upos-sz-mirrorhw.bilivideo.com",
    "refused": "xy36x152x10x22xy.mcdn.bilivideo.cn:4483",
    "silent": "xy121x8x33x7xy.mcdn.bilivideo.cn:9102",
}
"""The mirrors by their use; the last two are PCDN peers that cannot be reached."""
DEAD = {MIRRORS[name]: name for name in ("refused", "silent")}
IMAGE_HOSTS = ("i0.hdslb.com", "i1.hdslb.com", "i2.hdslb.com")
SUBTITLE_HOST = "aisubtitle.hdslb.com"
_STREAM_HOSTS = tuple(host for host in MIRRORS.values() if host not in DEAD)
HOSTS = (*_STREAM_HOSTS, *IMAGE_HOSTS, SUBTITLE_HOST)
LIFE = 7200
_SIGNED = "e,mid,oi,og,deadline,platform,gen,os,nbs,uipk,trid"
_DENIED = "<html><head><title>403 Forbidden</title></head><body><center><h1>403 Forbidden</h1></center></body></html>"
_JUNK = b"\x00\x00\x00\x18" + bytes(range(146))


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """The answer that a set of URLs belongs to."""

    now: float
    lifetime: float | None = None
    """Seconds; None = the usual lifetime."""
    platform: str = "pc"
    """``html5`` makes URLs that play without a Referer."""

    @property
    def deadline(self) -> int:
        """Unix seconds."""
        return int(self.now + (LIFE if self.lifetime is None else self.lifetime))


class Cdn:
    """Signs URLs for its things and answers requests for them."""

    def __init__(self) -> None:
        self._seal = Seal()
        self._things: dict[str, Thing] = {}

    def put(self, thing: Thing) -> Thing:
        """Register *thing*."""
        self._things[thing.key] = thing
        return thing

    def stream_url(self, thing: Thing, visit: Visit, mirror: str, folder: str = "upgcxcode") -> str:
        """Return the URL of a stream on *mirror*."""
        name = thing.key.partition("-")[0]
        path = f"/{folder}/{name[-2:]}/{name[-4:-2]}/{name}/{thing.key}"
        query = {
            "e": "ig8euxZM2rNcNbLabLab",
            "mid": "0",
            "oi": "2130706433",
            "og": mirror,
            "deadline": str(visit.deadline),
        }
        query |= {"platform": visit.platform, "gen": "playurlv3", "os": f"{mirror}bv", "nbs": "1", "uipk": "5"}
        query |= {"trid": f"{visit.deadline:x}{visit.deadline % 977:04x}u"}
        query |= {"upsig": self._seal.sign(path, query), "uparams": _SIGNED}
        if mirror == "akam":
            query["hdnts"] = f"exp={visit.deadline}~hmac={self._seal.sign(path, {'exp': str(visit.deadline)})}"
        query |= {"bvc": "vod", "nettype": "0", "bw": str(thing.size // 8), "build": "0", "dl": "0", "f": "u_0_0"}
        query |= {"agrr": "0", "orderid": "0,1"}
        return f"https://{MIRRORS[mirror]}{path}?{urlencode(query, quote_via=quote, safe=',=~')}"

    def image_url(self, thing: Thing, host: int = 0, folder: str = "archive") -> str:
        """Return the URL of a picture, as ``//host/path``: pages write it with and without a scheme."""
        return f"//{IMAGE_HOSTS[host]}/bfs/{folder}/{thing.key}.{thing.ext.replace('jpeg', 'jpg')}"

    def subtitle_url(self, thing: Thing, visit: Visit, *, made_by_machine: bool) -> str:
        """Return the URL of a subtitle; the platform's own ones are signed."""
        if not made_by_machine:
            return f"//{IMAGE_HOSTS[0]}/bfs/subtitle/{thing.key}.json"
        path = f"/bfs/ai_subtitle/prod/{thing.key}"
        key = self._seal.sign(path, {"until": str(visit.deadline)})
        return f"//{SUBTITLE_HOST}{path}?auth_key={visit.deadline}-0-0-{key}"

    def answer(self, ask: Ask) -> Reply:
        """Answer a request for a medium."""
        if ask.method not in ("GET", "HEAD"):
            return page("", 405, "method")
        name = ask.path.rpartition("/")[2]
        if ask.host in _STREAM_HOSTS:
            reason, key = self._refuse_stream(ask), name
        else:
            reason, key = self._refuse_other(ask), name.partition(".")[0]
        if reason:
            return page(_DENIED, 403, reason)
        if ask.host == MIRRORS["junk"]:
            return Reply(headers=[("Content-Type", "video/mp4")], body=_JUNK, note="junk")
        thing = self._things.get(key)
        if thing is None or ask.host == MIRRORS["empty"]:
            return page("", 404, "no such file")
        if "@" in name:
            thing = Thing(key=thing.key, medium="thumb", modified=thing.modified)
        fault = ask.fault or thing.fault
        reply = serve(ask, thing.blob(fault))
        reply.fault = fault
        return reply

    def _refuse_stream(self, ask: Ask) -> str:
        """Return the reason why a stream is refused, or an empty text."""
        query = ask.query
        if ask.host == MIRRORS["denying"]:
            return "this mirror denies everybody"
        signed = {name: query.get(name, "") for name in _SIGNED.split(",")}
        if query.get("upsig") != self._seal.sign(ask.path, signed):
            return "signature"
        if ask.host == MIRRORS["akam"]:
            proof = self._seal.sign(ask.path, {"exp": signed["deadline"]})
            if query.get("hdnts") != f"exp={signed['deadline']}~hmac={proof}":
                return "hdnts"
        if int(signed["deadline"]) < ask.now:
            return "expired"
        if not ask.user_agent.startswith("Mozilla/5.0 "):
            return "user agent"
        if signed["platform"] == "html5" or _is_ours(ask.headers.get("Referer", "")):
            return ""
        return "referer"

    def _refuse_other(self, ask: Ask) -> str:
        """Return the reason why a picture or a subtitle is refused, or an empty text."""
        referer = ask.headers.get("Referer", "")
        if referer and not _is_ours(referer):
            return "referer"
        if ask.host != SUBTITLE_HOST:
            return ""
        until, _, key = ask.query.get("auth_key", "").partition("-0-0-")
        if key != self._seal.sign(ask.path, {"until": until}):
            return "signature"
        return "expired" if int(until) < ask.now else ""


def _is_ours(referer: str) -> bool:
    host = urlsplit(referer).hostname or ""
    return host == "bilibili.com" or host.endswith(".bilibili.com")

"""Guests of the played Douyin: ttwid by Set-Cookie, msToken and s_v_web_id by the page's script."""

import re
import secrets
from dataclasses import dataclass

from tests.lab.douyin.signing import refuse
from tests.lab.messages import Ask
from tests.lab.seal import Seal
from tests.lab.visitors import YEAR, Visitors

_WEB_ID = re.compile(r"verify_[0-9a-z]{8}_\w{8}_\w{4}_(?=4)\w{4}_\w{4}_\w{12}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """The gifts of one page to its visitor."""

    nonce: str
    """Text from which the page's script makes the msToken."""
    cookies: list[tuple[str, str]]
    """Set-Cookie headers."""


class Guests:
    """Issues and recognises the cookies."""

    def __init__(self) -> None:
        self._visitors = Visitors(Seal())

    def welcome(self, ask: Ask) -> Welcome:
        """Return the gifts of a page to its visitor."""
        ttwid, cookies = ask.cookies.get("ttwid", ""), []
        if not self._visitors.owns_ttwid(ttwid):
            ttwid = self._visitors.new_ttwid(ask.now)
            value = f"ttwid={ttwid}; Path=/; Domain=.douyin.com; Max-Age={YEAR}; HttpOnly; Secure; SameSite=None"
            cookies.append(("Set-Cookie", value))
        if "__ac_nonce" not in ask.cookies:
            cookies.append(("Set-Cookie", f"__ac_nonce=0{secrets.token_hex(10)}; Path=/; Max-Age=1800"))
        return Welcome(nonce=self._visitors.new_nonce(ttwid, ask.now), cookies=cookies)

    def refuse(self, ask: Ask) -> str:
        """Return the reason why a call gets no answer, or an empty text."""
        web_id, query = ask.cookies.get("s_v_web_id", ""), ask.query
        missing = [name for name in ("ttwid", "s_v_web_id", "msToken") if name not in ask.cookies]
        if missing:
            return f"no {missing[0]}"
        if not _WEB_ID.fullmatch(web_id):
            return "s_v_web_id"
        if not self._visitors.is_guest(ask):
            return "msToken of this ttwid"
        if "a_bogus" not in query:
            return "no a_bogus"
        if query.get("msToken") != ask.cookies["msToken"]:
            return "msToken of the query"
        if (query.get("verifyFp"), query.get("fp")) != (web_id, web_id):
            return "verifyFp"
        return refuse(ask.target, web_id, ask.now)

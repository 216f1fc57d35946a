"""A plain client for tests of the lab itself: http.client through the proxy, no cookies of its own, no redirects."""

import http.client
import json
import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from tests.lab.visitors import solve

USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


@dataclass(frozen=True, slots=True)
class Got:
    """An answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies of Set-Cookie, with unchanged values."""
        pairs = (line.split(";")[0].partition("=") for line in self.headers.get_all("Set-Cookie", []))
        return {name: value for name, _, value in pairs}


class Client:
    """Sends requests through the proxy at *proxy*, trusting *ca_file*."""

    def __init__(self, proxy: str, ca_file: str) -> None:
        self._port = urlsplit(proxy).port
        self._tls = ssl.create_default_context(cafile=ca_file)

    def request(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        cookies: Mapping[str, str] | None = None,
    ) -> Got:
        """Send one request on a connection of its own."""
        parts = urlsplit(url)
        connection = http.client.HTTPSConnection("127.0.0.1", self._port, context=self._tls, timeout=20)
        connection.set_tunnel(parts.hostname or "", parts.port or 443)
        sent = {"User-Agent": USER_AGENT, **(headers or {})}
        if cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        try:
            connection.request(method, f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", headers=sent)
            response = connection.getresponse()
            return Got(response.status, response.headers, response.read())
        finally:
            connection.close()

    def become_guest(self, platform: str = "tiktok") -> dict[str, str]:
        """Return the cookies of a browser after the home page, without its script: they are computed here."""
        guests = {"tiktok": self._tiktok_guest, "douyin": self._douyin_guest, "bilibili": self._bilibili_guest}
        return guests[platform]()

    def _tiktok_guest(self) -> dict[str, str]:
        home = self.request("https://www.tiktok.com/")
        nonce = re.search(rb'id="cs" class="([^"]+)"', home.body)
        assert nonce is not None
        return {**home.cookies, "msToken": solve(nonce[1].decode())}

    def _douyin_guest(self) -> dict[str, str]:
        home = self.request("https://www.douyin.com/")
        nonce = re.search(rb'data-seed="([^"]+)"', home.body)
        assert nonce is not None
        web_id = "verify_mlab0123_LabLabLa_bLab_4Lab_LabL_abLabLabLabL"
        return {**home.cookies, "s_v_web_id": web_id, "msToken": solve(nonce[1].decode())}

    def _bilibili_guest(self) -> dict[str, str]:
        cookies = self.request("https://www.bilibili.com/").cookies
        spi = self.request("https://api.bilibili.com/x/frontend/finger/spi", cookies=cookies)
        made = {
            "_uuid": "0A1B2C3D-1010-1010-1010-0A1B2C3D4E5F00000infoc",
            "b_lsid": f"0A1B2C3D_{int(time.time() * 1000):X}",
        }
        return {**cookies, **made, "buvid4": quote(json.loads(spi.body)["data"]["b_4"], safe="")}

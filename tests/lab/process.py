"""The lab in a process of its own, for tests: it shares no event loop with them."""

import json
import os
import signal
import urllib.request
from collections.abc import Sequence

from tests.lab.client import Client
from tests.lab.log import Record, parse
from tests.support.nursery import nursery_of


class LabProcess:
    """``python -m tests.lab`` with *options*; ready when the constructor returns."""

    def __init__(self, *options: str) -> None:
        (stdin, ours), (reader, stdout) = os.pipe(), os.pipe()
        self._stdin = os.fdopen(ours, "wb")
        """The lab ends when it is closed."""
        self._child = nursery_of("tests.lab").start(["--with-stdin", *options], stdin, stdout, 2)
        for file in (stdin, stdout):
            os.close(file)
        with os.fdopen(reader) as said:
            line = said.readline()
        if not line:
            self.stop()
            raise RuntimeError(f"python -m tests.lab {' '.join(options)}: ended before it was ready")
        banner = json.loads(line)
        self.proxy: str = banner["proxy"]
        """For PROXY."""
        self.ca_file: str = banner["ca_file"]
        """For CA_FILE."""
        self.posts: list[dict[str, str]] = banner["posts"]
        """Links with platform, kind and outcome."""
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    @property
    def client(self) -> Client:
        """A plain client of this lab."""
        return Client(self.proxy, self.ca_file)

    def posts_of(self, platform: str) -> list[dict[str, str]]:
        """Return the links of one platform."""
        return [post for post in self.posts if post["platform"] == platform]

    def url(self, part: str) -> str:
        """Return the first link that holds *part*."""
        return next(post["url"] for post in self.posts if part in post["url"])

    def log(self) -> list[Record]:
        """Return the requests since the start or the last reset."""
        return parse(self._control("log"))

    def refused(self) -> list[Record]:
        """Return the requests that the proxy refused: a test fails on them."""
        return [record for record in self.log() if record.note in ("unknown host", "plain http")]

    def set_faults(self, *faults: str, rate: Sequence[str] = ()) -> None:
        """Replace all faults by these."""
        self._control("faults", json.dumps({"faults": faults, "rate": list(rate)}).encode())

    def given(self) -> dict[str, list[tuple[str, str]]]:
        """Return name and value of each cookie and token that the lab gave or received, by platform."""
        return {name: [(each[0], each[1]) for each in pairs] for name, pairs in json.loads(self._control("given")).items()}

    def login(self, platform: str) -> dict[str, str]:
        """Return the cookies of a new account."""
        cookies: dict[str, str] = json.loads(self._control(f"login/{platform}", b""))
        return cookies

    def logout(self) -> None:
        """End all logins."""
        self._control("logout", b"")

    def reset(self) -> None:
        """Empty the log, and set the faults of the start again."""
        self._control("reset", b"")

    def stop(self) -> int:
        """End the lab; return its exit code."""
        self._child.send_signal(signal.SIGTERM)
        code = self._child.wait(timeout=15)
        self._stdin.close()
        return code

    def _control(self, what: str, body: bytes | None = None) -> str:
        with self._opener.open(f"{self.proxy}/__lab/{what}", data=body, timeout=15) as answer:
            text: str = answer.read().decode()
            return text

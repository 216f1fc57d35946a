"""
A server that answers like Scrapyd 1.6.0, for tests that must not install one.

Status codes, keys and messages are those of a real one (scrapyd 1.6.0, scrapy 2.19.0, November 2026); it runs nothing:
the test says when a job runs and ends.
"""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import pytest

PROJECT = "scraper"


@dataclass(slots=True)
class Peer:
    """The requests that it received, and the jobs that it has."""

    url: str
    spiders: list[str] = field(default_factory=lambda: ["hybrid", "twitter"])
    pending: list[dict[str, Any]] = field(default_factory=list)
    running: list[dict[str, Any]] = field(default_factory=list)
    finished: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    login: str | None = None
    """``user:password`` that it demands."""
    is_mute: bool = False
    """Whether it performs a request, and hangs up without an answer."""
    says: bytes | None = None
    """The answer to every request."""
    before: Callable[[], None] | None = None
    """Function to call before a job is taken."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def taken(self) -> list[str]:
        """The ids of all jobs, in the order of arrival."""
        return [job["id"] for job in (*self.finished, *self.running, *self.pending)]

    def run(self) -> None:
        """Begin the pending jobs."""
        times = {"pid": 4711, "start_time": "2026-11-28 18:01:50.520952"}
        for job in self.pending:
            files = {"log_url": f"/logs/{PROJECT}/{job['spider']}/{job['id']}.log", "items_url": None}
            self.running.append({**{key: job[key] for key in ("id", "project", "spider")}, **times, **files})
        self.pending.clear()

    def end(self) -> None:
        """End the running jobs."""
        for job in self.running:
            ended = {key: value for key, value in job.items() if key != "pid"}
            self.finished.append({**ended, "end_time": "2026-11-28 18:02:00.168124"})
        self.running.clear()

    def answer(self, path: str, query: dict[str, list[str]], form: dict[str, list[str]]) -> dict[str, Any] | None:
        """Return the answer to a request, None for 404."""
        name = path.strip("/")
        project = (query or form).get("project", [PROJECT])[0]
        if project != PROJECT:
            return _error(f"project '{project}' not found")
        match name:
            case "daemonstatus.json":
                return {key: len(getattr(self, key)) for key in ("pending", "running", "finished")}
            case "listspiders.json":
                return {"spiders": self.spiders}
            case "listjobs.json":
                return {key: getattr(self, key) for key in ("pending", "running", "finished")}
            case "schedule.json":
                return self._schedule({key: values for key, values in form.items() if key != "project"})
        return None

    def _schedule(self, form: dict[str, list[str]]) -> dict[str, Any]:
        if self.before is not None:
            self.before()
        spider, job = form.pop("spider")[0], form.pop("jobid")[0]
        if spider not in self.spiders:
            return _error(f"spider '{spider}' not found")
        settings = dict(text.split("=", 1) for text in form.pop("setting", []))
        args = {key: values[0] for key, values in form.items()}
        # a second job with the same id is accepted too: Scrapyd does not check that
        with self.lock:
            self.pending.append({"id": job, "project": PROJECT, "spider": spider, "version": None, "settings": settings, "args": args})
        return {"jobid": job}


def _error(message: str) -> dict[str, Any]:
    return {"status": "error", "message": message}


class PeerServer(ThreadingHTTPServer):
    """The newest of its peers, on a loopback port of its own, while this is open."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.renew()

    def renew(self) -> Peer:
        self.peer = Peer(f"http://127.0.0.1:{self.server_address[1]}")
        return self.peer

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: PeerServer

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(parse_qs(body, keep_blank_values=True))

    def _answer(self, form: dict[str, list[str]]) -> None:
        peer, parts = self.server.peer, urlsplit(self.path)
        peer.asked.append(parts.path.strip("/"))
        if peer.login is not None:
            wanted = f"Basic {base64.b64encode(peer.login.encode()).decode()}"
            if self.headers.get("Authorization") != wanted:
                self._send(401, "text/html", b"Unauthorized")
                return
        answer = peer.answer(parts.path, parse_qs(parts.query), form)
        if peer.is_mute:
            self.close_connection = True
        elif answer is None:
            self._send(404, "text/html", b"<html><head><title>404 - No Such Resource</title></head></html>")
        else:
            body = peer.says or json.dumps({"status": "ok", **answer, "node_name": "vm"}).encode() + b"\n"
            self._send(200, "application/json", body)

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status == 401:
            self.send_header("WWW-Authenticate", 'basic realm="Scrapyd"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[PeerServer]:
    with PeerServer() as server:
        yield server


@pytest.fixture
def peer(server: PeerServer) -> Peer:
    """A new schedule without a memory."""
    return server.renew()

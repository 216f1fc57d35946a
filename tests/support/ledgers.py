"""A real Redis for tests, and ledgers on it whose calls return their results at once, and whose time tests move."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis import exceptions as problems

from scraper.ledger.redis import RedisLedger
from scraper.ledger.redis_address import parse_address
from scraper.ledger.redis_server import Server
from tests.support.sqlite_ledger import Sync


class RedisServer:
    """A real Redis in *folder*, which keeps its data."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def address(self, run: str = "scraper") -> str:
        """Return the value for LEDGER."""
        return f"unix://{self.socket}?run={run}"

    def client(self) -> Any:
        """Return a client for the test itself."""
        return Redis(unix_socket_path=str(self.socket), decode_responses=True)

    def start(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            pytest.skip("there is no redis-server: install it, or run `make test` as root")
        keeps = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--dir", str(self._folder)]
        command = [program, "--port", "0", "--unixsocket", str(self.socket), *keeps]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while True:
            try:
                with self.client() as client:
                    client.ping()
                return
            except problems.ConnectionError:
                assert time.monotonic() < end, "redis-server does not start"
                time.sleep(0.02)

    def stop(self, *, kill: bool = False) -> None:
        """End the server; with *kill* it cannot write anything more."""
        if self._process is not None:
            self._process.kill() if kill else self._process.terminate()
            self._process.wait(20)
            self._process = None


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Start one server for all tests that leave it running; each test has runs of its own."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@contextmanager
def on_redis(server: RedisServer, run: str, worker: str = "one", seconds: float = 60.0) -> Iterator[Any]:
    """Give the ledger of *run* as *worker* sees it, as a Sync with ``pass_time``."""

    def pass_time(passed: float) -> None:
        """Make every entry look as if it had been silent for that many seconds, and more."""
        with server.client() as client:
            prefix = f"scraper:{{{run}}}:1"
            for stream in client.keys(f"{prefix}:todo:*"):
                for each in client.xpending_range(stream, "workers", "-", "+", 1000):
                    idle = each["time_since_delivered"] + int(passed * 1000)
                    client.xclaim(stream, "workers", each["consumer"], 0, [each["message_id"]], idle=idle, justid=True)
                client.delete(f"{prefix}:swept:{stream.rpartition(':')[2]}")

    with asyncio.Runner() as runner:
        ledger: Any = Sync(RedisLedger(Server(parse_address(server.address(run))), worker, seconds=seconds), runner)
        ledger.pass_time = pass_time
        try:
            yield ledger
        finally:
            ledger.close()

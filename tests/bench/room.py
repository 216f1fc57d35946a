"""
``python -m tests.bench.room FOLDER``, in namespaces of its own: the media measurements, without outside network.

Our resolver refuses private addresses, and requests go to a platform's host at port 443. So this network has nothing
but a loopback interface with a public address on it; nginx listens there, and /etc/hosts (of this mount namespace)
gives it the platform's name. Ours and the peers see the same, and production code needs no proxy and no hook.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.media import HOST

_ADDRESS = "192.88.99.1"
"""An address that looks public; its purpose has ended (RFC 7526), and from here it leads to no other machine."""
_PATH = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
_ROUNDS = 3
_TIMEOUT = 60
_NGINX = """
daemon off; user root; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx-error.log warn;
events {{ worker_connections 64; }}
http {{
  log_format times '$msec $request_time $status $uri $body_bytes_sent'; access_log {folder}/access.log times;
  types {{ video/mp4 mp4; }} sendfile on; tcp_nopush on;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{
    listen {address}:443 ssl; server_name {host}; root {folder}/served;
    ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.pem;
  }}
}}
"""


class Room:
    """The served files, and the folder for all downloads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        served = folder / "served"
        self._expected = {(500, 1): {_digest(served / "500.mp4")}} | {
            (size, 8): {_digest(served / f"{size}-{number}.mp4") for number in range(8)} for size in (100, 200)
        }

    def beside_curl(self) -> dict[str, list[float]]:
        return self._rounds(500, 1, self._curl)

    def beside_aria2(self) -> dict[str, list[float]]:
        return self._rounds(100, 8, self._aria2)

    def load(self) -> dict[str, Any]:
        speed, found = self._ours(200, 8, "watch")
        return {**found, "speed": speed}

    def kill(self) -> dict[str, Any]:
        """Kill a crawl in mid-file; return the number of bytes that the next crawl fetches again."""
        out, size = self._fresh(), 500_000_000
        slow = {**os.environ, "SCRAPER_LIMIT_RATE": "100M"}
        crawl = subprocess.Popen(self._command(out, 500, 1), stdout=subprocess.DEVNULL, env=slow)
        end = time.monotonic() + _TIMEOUT
        while (there := sum(part.stat().st_size for part in out.rglob("*.part"))) < size // 2:
            if time.monotonic() > end or crawl.poll() is not None:
                raise SystemExit("there was nothing to kill")
            time.sleep(0.01)
        crawl.kill()
        crawl.wait()
        there = sum(part.stat().st_size for part in out.rglob("*.part"))
        found = json.loads(self._run(self._command(out, 500, 1)))
        if set(found["sha256"]) != self._expected[500, 1]:
            raise SystemExit("our file is wrong")
        rows = [line.split() for line in (self._folder / "access.log").read_text().splitlines()]
        (fetched,) = (int(row[4]) for row in rows if row[2] == "206")
        return {"again": fetched - (size - there), "there": there}

    def _rounds(self, size: int, count: int, peer: Any) -> dict[str, list[float]]:
        """Let both sides take turns, after a warm-up round that does not count."""
        results: dict[str, list[float]] = {"ours": [], "peer": [], "disk": []}
        peer(size, count)
        for _ in range(_ROUNDS):
            speed, found = self._ours(size, count)
            results["ours"].append(speed)
            results["disk"].append(found["disk"])
            results["peer"].append(peer(size, count))
        return results

    def _ours(self, size: int, count: int, *more: str) -> tuple[float, dict[str, Any]]:
        """Return the bytes a second of a crawl whose files were all renamed, and its own report."""
        out = self._fresh()
        found: dict[str, Any] = json.loads(self._run(self._command(out, size, count, *more)))
        wrong = set(found["sha256"]) != self._expected[size, count] or len(found["sha256"]) != count
        if wrong or len(list(out.rglob("*.mp4"))) != count:
            raise SystemExit("our files are wrong")
        return self._speed(size, count, found["ended"]), found

    def _command(self, out: Path, size: int, count: int, *more: str) -> list[str]:
        urls, ca_file = json.dumps(_urls(size, count)), str(self._folder / "ca.pem")
        return [sys.executable, "-m", "tests.bench.media_crawl", str(out), ca_file, urls, *more]

    def _run(self, command: list[str]) -> str:
        """Return the last line that *command* prints."""
        text = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=_TIMEOUT).stdout
        return text.splitlines()[-1]

    def _curl(self, size: int, count: int) -> float:
        """Fetch each file with curl, then hash it as people do, and rename it."""
        out = self._fresh()
        part, url = out / "curl.part", _urls(size, 1)[0]
        command = ["curl", "-sS", "--noproxy", "*", "--cacert", str(self._folder / "ca.pem"), "-o", str(part), url]
        subprocess.run(command, check=True, timeout=_TIMEOUT)
        self._check(size, [part])
        part.rename(out / "curl.mp4")
        return self._speed(size, count, time.time())

    def _aria2(self, size: int, count: int) -> float:
        """Fetch all files with one aria2c, then hash them on two cores, which is faster than its own check."""
        out = self._fresh()
        listed = self._folder / "list.txt"
        listed.write_text("\n".join(_urls(size, count)))
        command = ["aria2c", "-j8", "--no-conf", "--quiet", "--file-allocation=none", f"-i{listed}", f"-d{out}"]
        command.append(f"--ca-certificate={self._folder / 'ca.pem'}")
        subprocess.run(command, check=True, timeout=_TIMEOUT)
        self._check(size, sorted(out.glob("*.mp4")))
        return self._speed(size, count, time.time())

    def _check(self, size: int, files: list[Path]) -> None:
        with ThreadPoolExecutor(2) as pool:
            if set(pool.map(_digest, files)) != self._expected[size, len(files)]:
                raise SystemExit("the peer's files are wrong")

    def _speed(self, size: int, count: int, ended: float) -> float:
        """Return the bytes a second since nginx received the first request, by its own log."""
        log = self._folder / "access.log"
        end = time.monotonic() + 5
        while len(lines := log.read_text().splitlines()) < count and time.monotonic() < end:
            time.sleep(0.05)
        rows = [line.split() for line in lines]
        if [row[2] for row in rows] != ["200"] * count:
            raise SystemExit(f"nginx saw {len(rows)} requests: {lines[:3]}")
        return size * 1e6 * count / (ended - min(float(row[0]) - float(row[1]) for row in rows))

    def _fresh(self) -> Path:
        """Return an empty folder, and clear the log."""
        out = self._folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        os.truncate(self._folder / "access.log", 0)
        os.sync()  # data that the previous round wrote must not slow down the next one
        return out


def _urls(size: int, count: int) -> list[str]:
    names = [f"{size}-{number}.mp4" for number in range(count)] if count > 1 else [f"{size}.mp4"]
    return [f"https://{HOST}/{name}" for name in names]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _serve(folder: Path) -> Iterator[None]:
    """Make the network of the room and start nginx in it."""
    for words in ("link set lo up", f"addr add {_ADDRESS}/32 dev lo"):
        _call("ip", *words.split())
    (folder / "hosts").write_text(f"127.0.0.1 localhost\n{_ADDRESS} {HOST}\n")
    _call("mount", "--bind", str(folder / "hosts"), "/etc/hosts")
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, address=_ADDRESS, host=HOST))
    server = subprocess.Popen([_find("nginx"), "-c", str(folder / "nginx.conf"), "-p", str(folder)])
    try:
        end = time.monotonic() + 10
        while not (folder / "nginx.pid").exists() or not (folder / "nginx.pid").read_text().strip():
            if server.poll() is not None or time.monotonic() > end:
                raise SystemExit("nginx does not start")
            time.sleep(0.05)
        yield
    finally:
        server.terminate()
        server.wait(10)


def _call(program: str, *args: str) -> None:
    subprocess.run([_find(program), *args], check=True, timeout=10)


def _find(program: str) -> str:
    return shutil.which(program, path=_PATH) or program


def main() -> None:
    folder = Path(sys.argv[1])
    wanted = set(json.loads((folder / "task.json").read_text()))
    results: dict[str, Any] = {}
    with _serve(folder):
        room = Room(folder)
        if "media_500mb_vs_curl" in wanted:
            results["media_500mb_vs_curl"] = room.beside_curl()
        if "media_8x100mb_vs_aria2" in wanted:
            results["media_8x100mb_vs_aria2"] = room.beside_aria2()
        if wanted & {"media_rss_over_idle_mb", "loop_stall_p999_ms"}:
            results["load"] = room.load()
        if "refetched_mb_after_kill" in wanted:
            results["kill"] = room.kill()
    print(json.dumps(results))


if __name__ == "__main__":
    main()

"""A transfer that broke off goes on from the byte it has: within a run, and in the next one after a kill."""

import hashlib
import json
from pathlib import Path

import pytest

from scraper.errors import UsageError
from scraper.fetch.sink import OVERLAP, Sink
from scraper.fetch.transport.ranges import find_validator, read_range
from scraper.fetch.transport.rate import RateLimit, Window
from scraper.fetch.transport.sink import SinkChangedError, SinkWriter
from scraper.media.storage.partial import JoinedPieces, keep, restore, state_path
from scraper.text.values import read_size
from tests.lab import media
from tests.lab.process import LabProcess
from tests.support.crawling import crawl, start_crawl
from tests.support.films import FILM, film_requests, the_file
from tests.support.waiting import wait_for

BODY = bytes(range(256)) * 400


def new_sink(path: Path) -> Sink:
    return Sink(path=path, maxsize=10**6, idle_timeout=1, accept=lambda _: None)


def write(sink: Sink, body: bytes, start: int = 0, *, is_whole: bool = True) -> None:
    writer = SinkWriter(sink, start)
    try:
        for at in range(0, len(body), 10_000):
            writer.write(body[at : at + 10_000])
        if is_whole:
            writer.finish()
    finally:
        writer.close()


def test_a_sink_goes_on_where_it_was(tmp_path: Path) -> None:
    sink = new_sink(tmp_path / "a.part")
    write(sink, BODY[:50_000], is_whole=False)
    assert (sink.bytes, sink.offset) == (50_000, 50_000 - OVERLAP)
    write(sink, BODY[sink.offset :], sink.offset)
    assert (tmp_path / "a.part").read_bytes() == BODY
    assert sink.sha256 == hashlib.sha256(BODY).hexdigest()
    assert (sink.bytes, sink.fetched) == (len(BODY), len(BODY) + OVERLAP)


@pytest.mark.parametrize("body", [b"\xff" * 60_000, BODY[50_000 - OVERLAP : 49_000]])
def test_a_sink_takes_no_other_file(tmp_path: Path, body: bytes) -> None:
    sink = new_sink(tmp_path / "a.part")
    write(sink, BODY[:50_000], is_whole=False)
    with pytest.raises(SinkChangedError):
        write(sink, body, sink.offset)


def test_what_an_earlier_run_left_is_taken_over_by_the_same_object_only(tmp_path: Path) -> None:
    path = tmp_path / "a.0.part"
    sink = new_sink(path)
    sink.total, sink.validator = 300_000, '"v1"'
    keep(sink, "key")
    path.write_bytes(BODY)
    later = new_sink(path)
    restore(later, "key")
    assert (later.bytes, later.total, later.validator) == (len(BODY), 300_000, '"v1"')
    assert later.digest.hexdigest() == hashlib.sha256(BODY).hexdigest()
    other = new_sink(path)
    restore(other, "another key")
    assert (other.bytes, list(tmp_path.iterdir())) == (0, [])


@pytest.mark.parametrize("state", ["", "{", "[]", '{"key": "key", "total": "1", "validator": null}', '{"key": "key"}', "\x00"])
def test_a_state_that_is_none_begins_anew(tmp_path: Path, state: str) -> None:
    path = tmp_path / "a.0.part"
    path.write_bytes(BODY)
    state_path(path).write_text(state)
    sink = new_sink(path)
    restore(sink, "key")
    assert (sink.bytes, list(tmp_path.iterdir())) == (0, [])


def test_a_part_larger_than_its_file_and_a_link_are_not_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "a.0.part"
    state = json.dumps({"key": "key", "total": 1000, "validator": None})
    path.write_bytes(BODY)
    state_path(path).write_text(state)
    sink = new_sink(path)
    restore(sink, "key")
    assert (sink.bytes, list(tmp_path.iterdir())) == (0, [])
    (tmp_path / "else").write_bytes(BODY[:900])
    path.symlink_to(tmp_path / "else")
    state_path(path).write_text(state)
    restore(sink, "key")
    assert sink.bytes == 0
    assert (tmp_path / "else").read_bytes() == BODY[:900]


@pytest.mark.parametrize(
    ("value", "expected"),
    [("bytes 5-9/10", (5, 10)), (" bytes 5-9/* ", (5, None)), ("bytes 5-8/10", None), ("bytes 9-5/10", None), ("", None), ("5-9/10", None)],
)
def test_a_content_range_is_read(value: str, expected: tuple[int, int | None] | None) -> None:
    if expected is None:
        with pytest.raises(SinkChangedError):
            read_range(value)
    else:
        assert read_range(value) == expected


def test_only_a_strong_validator_is_asked_with() -> None:
    date = "Fri, 27 Nov 2026 10:00:00 GMT"
    assert find_validator('"abc"', date) == '"abc"'
    assert find_validator('W/"abc"', date) == date
    assert find_validator('"a\r\nX: y"', None) is None
    assert find_validator(None, None) is None


def test_the_rate_is_shared_and_the_least_is_of_each() -> None:
    limit = RateLimit(1000)
    assert [limit.take(500, 10.0), limit.take(500, 10.0), limit.take(1000, 20.0)] == [0.5, 1.0, 1.0]
    assert RateLimit(0).take(10**9, 0) == 0
    window = Window(100, 10, 0.0)
    assert [window.add(500, 5), window.add(500, 10), window.add(999, 20)] == [True, True, False]
    waits = Window(100, 10, 0.0)
    assert [waits.add(100, 9, waited=8), waits.add(900, 17), waits.add(1, 18)] == [True, True, True]


def test_sizes_are_written_in_short() -> None:
    assert [read_size("LIMIT_RATE", text) for text in ("0", "500K", "1.5m", "2G", 7)] == [0, 512_000, 1_572_864, 2 << 30, 7]
    for text in ("", "fast", "-1", "1T", "K"):
        with pytest.raises(UsageError, match="LIMIT_RATE"):
            read_size("LIMIT_RATE", text)


@pytest.mark.usefixtures("clean_lab")
def test_what_breaks_off_in_the_middle_goes_on(lab: LabProcess, tmp_path: Path) -> None:
    lab.set_faults("reset:ext_tw_video:1", "status-500:ext_tw_video:1", "stall:ext_tw_video:1")
    done = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab_video/')}", spider="twitter", MEDIA_IDLE_TIMEOUT=1)
    film = media.load(FILM)
    assert the_file(done).read_bytes() == film
    requests = film_requests(lab)
    assert [record.status for record in requests] == [200, 500, 206, 206]
    assert all(record.headers["if-range"].startswith('"') for record in requests[1:])
    assert sum(record.bytes for record in requests) <= len(film) + 3 * OVERLAP
    assert done.stat("media/retried") == 3
    assert [path.name for path in the_file(done).parent.iterdir()] == [the_file(done).name]


@pytest.mark.usefixtures("clean_lab")
@pytest.mark.parametrize("fault", ["changed", "status-416"])
def test_a_file_that_changes_in_the_middle_begins_anew_once(lab: LabProcess, tmp_path: Path, fault: str) -> None:
    lab.set_faults("reset:ext_tw_video:1", f"{fault}:ext_tw_video:1")
    done = crawl(lab, tmp_path, "-a", f"urls={lab.url('lab_video/')}", spider="twitter")
    film = media.load(FILM)
    assert the_file(done).read_bytes()[: len(film)] == film
    assert done.stat("media/restarted") == 1
    assert len(film_requests(lab)) == (2 if fault == "changed" else 3)


def hls_pieces(lab: LabProcess) -> list[str]:
    return [record.target for record in lab.log() if ".m4s" in record.target]


@pytest.mark.usefixtures("clean_lab")
def test_a_playlist_goes_on_with_the_piece_that_was_under_way(lab: LabProcess, tmp_path: Path) -> None:
    url = lab.url("lab_hls/")
    with start_crawl(lab, tmp_path, "-a", f"urls={url}", spider="twitter", LIMIT_RATE="100K") as process:
        wait_for(lambda: len(hls_pieces(lab)) >= 3)
        process.kill()
    before = hls_pieces(lab)
    assert list((tmp_path / "out").glob("media/*/*/*.track0.part.json"))
    lab.reset()
    done = crawl(lab, tmp_path, "-a", f"urls={url}", spider="twitter")
    after = hls_pieces(lab)
    assert len(set(before) & set(after)) <= 1
    assert done.stat("media/resumed") == 1
    (post,) = done.posts
    assert post["media"][0]["files"][0]["probe"]["duration"] == pytest.approx(5, abs=0.2)
    assert [path.name for path in the_file(done).parent.iterdir()] == [the_file(done).name]


def test_pieces_of_another_list_or_an_odd_state_begin_anew(tmp_path: Path) -> None:
    def piece(data: bytes) -> Path:
        (tmp_path / "piece").write_bytes(data)
        return tmp_path / "piece"

    joined = JoinedPieces(tmp_path / "a.track0.part", "key")
    joined.restore()
    joined.add(piece(b"one"))
    joined.add(piece(b"two"))
    with joined.path.open("ab") as file:
        file.write(b"half of the third")  # and then a kill
    again = JoinedPieces(joined.path, "key")
    again.restore()
    assert (again.pieces, again.bytes, joined.path.read_bytes()) == (2, 6, b"onetwo")
    state = state_path(joined.path).read_text()
    for text in ("", "[]", state.replace('"pieces": 2', '"pieces": "2"'), state.replace('"bytes": 6', '"bytes": 7'), state.replace("key", "other", 2)):
        joined.path.write_bytes(b"onetwo")
        state_path(joined.path).write_text(text)
        other = JoinedPieces(joined.path, "key")
        other.restore()
        assert (other.pieces, other.bytes, joined.path.exists()) == (0, 0, False)


@pytest.mark.usefixtures("clean_lab")
def test_a_killed_run_is_gone_on_with(lab: LabProcess, tmp_path: Path) -> None:
    """LIMIT_RATE makes it slow enough to be killed in the middle."""
    url = lab.url("lab_video/")
    with start_crawl(lab, tmp_path, "-a", f"urls={url}", spider="twitter", LIMIT_RATE="250K") as process:
        wait_for(lambda: any(path.stat().st_size > 350_000 for path in (tmp_path / "out").glob("media/*/*/*.part")))
        process.kill()
    there = sum(path.stat().st_size for path in (tmp_path / "out").glob("media/*/*/*.part"))
    lab.reset()
    done = crawl(lab, tmp_path, "-a", f"urls={url}", spider="twitter")
    film = media.load(FILM)
    assert the_file(done).read_bytes() == film
    (request,) = film_requests(lab)
    assert (request.status, request.bytes) == (206, len(film) - there + OVERLAP)
    assert done.stat("media/resumed") == 1
    assert [path.name for path in the_file(done).parent.iterdir()] == [the_file(done).name]

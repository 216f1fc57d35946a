"""The user's cookies: read in any form, kept safe, found wanting with a reason, and never shown."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from scraper.fetch.sessions.cookie_store import CookieStore
from scraper.fetch.sessions.cookie_text import (
    Cookie,
    CookieError,
    fingerprint,
    has_login,
    parse_cookies,
    stale_reason,
    to_header,
)
from scraper.platform.accounts import CookieService
from scraper.platform.registry import load
from tests.support.crawling import scrapy

NOW = 1_790_000_000.0
LATER = NOW + 86400
SERVICE = CookieService(name="example", path="example/config.yaml", domains=("example.org",), marker="sid", needs=("csrf",))
SECRET = "hush-hush-0123456789"
HEADER = f"sid={SECRET}; csrf=c1; theme=dark"
NETSCAPE = (
    "# Netscape HTTP Cookie File\r\n\r\n"
    f"#HttpOnly_.example.org\tTRUE\t/\tTRUE\t{LATER:.0f}\tsid\t{SECRET}\r\n"
    "www.example.org\tFALSE\t/a\tFALSE\t0\tcsrf\tc1\r\n"
    ".other.net\tTRUE\t/\tTRUE\t0\tsid\tforeign\r\n"
)
STORAGE: dict[str, Any] = {
    "cookies": [
        {"name": "sid", "value": SECRET, "domain": ".example.org", "path": "/", "expires": LATER, "httpOnly": True, "secure": True, "sameSite": "Lax"},
        {"name": "csrf", "value": "c1", "domain": "www.example.org", "path": "/", "expires": -1},
    ],
    "origins": [],
}
EXTENSION: list[dict[str, Any]] = [
    {"domain": "example.org", "hostOnly": False, "expirationDate": LATER + 0.5, "httpOnly": True, "name": "sid", "path": "/", "sameSite": "no_restriction", "secure": True, "session": False, "storeId": "0", "value": SECRET},
    {"domain": "www.example.org", "hostOnly": True, "name": "csrf", "path": "/", "secure": True, "session": True, "value": "c1"},
    {"domain": ".other.net", "name": "sid", "value": "foreign"},
]
FORMS = {
    "header": HEADER,
    "with its name": f"Cookie: {HEADER};",
    "quoted": f'"{HEADER}"',
    "in lines": HEADER.replace("; ", ";\n"),
    "with a mark": f"\ufeff{HEADER}\r\n",
    "cookies.txt": NETSCAPE,
    "storage state": json.dumps(STORAGE),
    "extension": json.dumps(EXTENSION, indent=1),
}


@pytest.mark.parametrize("form", FORMS)
def test_any_usual_form_is_read(form: str) -> None:
    cookies = parse_cookies(FORMS[form], SERVICE, NOW)
    values = {cookie.name: cookie.value for cookie in cookies}
    assert (values["sid"], values["csrf"]) == (SECRET, "c1")
    assert "foreign" not in values.values()
    sid = next(cookie for cookie in cookies if cookie.name == "sid")
    assert sid.domain == ".example.org"
    assert has_login(cookies, SERVICE)
    assert stale_reason(cookies, SERVICE, NOW) is None
    if form in ("cookies.txt", "storage state", "extension"):
        assert (int(sid.expires), sid.http_only) == (int(LATER), True)
        assert next(cookie.domain for cookie in cookies if cookie.name == "csrf") == "www.example.org"
    assert SECRET not in repr(cookies)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "got nothing"),
        (" \n", "got nothing"),
        ("just words hush-hush-0123456789", "got a part without '='"),
        (f"sid={SECRET} with blanks", "got something else in sid"),
        (f"sid={SECRET}; na me=x", "something else in one of the names"),
        (f"sid={SECRET}\x00", "something else in sid"),
        (f"sid={SECRET}é", "something else in sid"),
        ("{", "expected JSON"),
        ("[" * 100_000, "expected JSON"),
        ('{"origins": []}', "expected a list of cookies"),
        ("[]", "got an empty list"),
        ('[{"name": "sid", "value": 7, "domain": "example.org"}]', "as texts"),
        (NETSCAPE.replace("\tsid", ""), "seven fields a line"),
        ("# Netscape HTTP Cookie File\n", "without any"),
        (json.dumps(EXTENSION[2:]), "got those of other.net"),
        (NETSCAPE.replace("example.org", "example.net"), "got those of example.net, other.net"),
        (json.dumps([{**STORAGE["cookies"][0], "expires": NOW - 86400}]), "all cookies have expired, the last on 2026-09-20"),
        (json.dumps([{**EXTENSION[0], "expirationDate": (NOW - 60) * 1000}]), "all cookies have expired"),
        ("a=" + "x" * 70_000, "at most 200 cookies of 64 KiB"),
        ("; ".join(f"a{n}=1" for n in range(300)), "at most 200 cookies"),
        ("a=" + "x" * 300_000, "expected at most 262144 characters"),
    ],
)
def test_what_cannot_be_used_is_one_line_without_a_value(text: str, words: str) -> None:
    with pytest.raises(CookieError) as raised:
        parse_cookies(text, SERVICE, NOW)
    message = str(raised.value)
    assert message.startswith("example: ")
    assert words in message
    assert "\n" not in message
    assert "hush" not in message
    assert len(message) < 400


def one(name: str, value: str = "x", expires: float = -1) -> Cookie:
    return Cookie(name=name, value=value, domain=".example.org", expires=expires)


@pytest.mark.parametrize(
    ("cookies", "reason"),
    [
        ((one("sid"), one("csrf")), None),
        ((one("theme"),), None),  # a guest's
        ((one("sid"),), "csrf is missing"),
        ((one("sid", ""), one("csrf")), "sid is empty"),
        ((one("sid", '""'), one("csrf")), "sid is empty"),
        ((one("sid", expires=NOW - 1), one("csrf")), "sid expired on 2026-09-21 14:13 UTC"),
        ((one("sid", expires=NOW + 1), one("csrf")), None),
        ((one("theme", expires=NOW - 1),), "all cookies have expired"),
    ],
)
def test_why_cookies_are_of_no_use(cookies: tuple[Cookie, ...], reason: str | None) -> None:
    found = stale_reason(cookies, SERVICE, NOW)
    assert found == reason if reason is None else (found or "").startswith(reason)


def test_another_value_is_another_set() -> None:
    first, second = (one("sid"), one("csrf")), (one("csrf"), one("sid"))
    assert fingerprint(first) == fingerprint(second)
    assert fingerprint(first) != fingerprint((one("sid", "y"), one("csrf")))


@pytest.fixture
def store(tmp_path: Path) -> CookieStore:
    return CookieStore(tmp_path / "config", tmp_path / "state/notes.json")


def put(store: CookieStore, text: str, mode: int = 0o600) -> Path:
    path = store.path(SERVICE)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(text)
    part.chmod(mode)
    part.replace(path)
    return path


def test_what_was_kept_is_read_with_its_expiry_and_an_edit_is_seen_at_once(store: CookieStore) -> None:
    assert store.read(SERVICE) is None
    store.write(SERVICE, parse_cookies(NETSCAPE, SERVICE, NOW))
    path = store.path(SERVICE)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    cookies = store.read(SERVICE)
    assert cookies is not None
    assert to_header(cookies) == f"sid={SECRET}; csrf=c1"
    assert next(cookie.expires for cookie in cookies if cookie.name == "sid") == int(LATER)
    put(store, path.read_text().replace(SECRET, "another"))
    edited = store.read(SERVICE)
    assert edited is not None
    assert to_header(edited) == "sid=another; csrf=c1"
    assert {cookie.expires for cookie in edited} == {-1}  # of the value that is gone
    assert [each.name for each in path.parent.iterdir()] == ["config.yaml"]


KNOWN = """
TokenManager:
  example:
    headers:
      Accept-Language: en
      User-Agent: Mozilla/5.0
      Cookie: %s
    proxies:
      http:
      https:
    msToken:
      magic: 538969122
"""


def test_a_file_of_the_known_tools_is_read_and_keeps_what_else_it_holds(store: CookieStore) -> None:
    path = put(store, KNOWN % HEADER)
    cookies = store.read(SERVICE)
    assert cookies is not None
    assert to_header(cookies) == HEADER
    store.write(SERVICE, parse_cookies("sid=new; csrf=c2", SERVICE, NOW))
    data: Mapping[str, Any] = yaml.safe_load(path.read_text())
    entry = data["TokenManager"]["example"]
    assert entry["headers"] == {"Accept-Language": "en", "User-Agent": "Mozilla/5.0", "Cookie": "sid=new; csrf=c2"}
    assert entry["msToken"] == {"magic": 538969122}
    assert store.clear(SERVICE)
    assert store.read(SERVICE) is None
    assert yaml.safe_load(path.read_text())["TokenManager"]["example"]["headers"]["User-Agent"] == "Mozilla/5.0"
    assert not store.clear(SERVICE)


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (KNOWN % "[1, 2]", "expected Cookie to be a text, got list"),
        (KNOWN % "123", "expected Cookie to be a text, got int"),
        (KNOWN % "no-equals-sign", "got a part without '='"),
        ("- a\n- b\n", "expected TokenManager at the top, got list"),
        ("{", "expected YAML"),
        ("a: !!python/object/apply:os.system ['true']", "expected YAML"),
        ("x: " + "y" * 300_000, "is larger than"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(store: CookieStore, text: str, words: str) -> None:
    put(store, text)
    for _ in range(2):
        with pytest.raises(CookieError) as raised:
            store.read(SERVICE)
        assert words in str(raised.value)
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize("text", ["", KNOWN % "", KNOWN % "''", "TokenManager:\n", "other: 1\n", BOMB])
def test_a_file_without_cookies_is_none(store: CookieStore, text: str) -> None:
    put(store, text)
    assert store.read(SERVICE) is None


def test_a_file_that_others_can_read_is_refused_with_what_to_type(store: CookieStore) -> None:
    path = put(store, KNOWN % HEADER, 0o644)
    with pytest.raises(CookieError, match=r"can be read by others \(mode 0644\): type `chmod 600") as raised:
        store.read(SERVICE)
    assert SECRET not in str(raised.value)
    path.chmod(0o600)
    assert store.read(SERVICE) is not None


def test_a_folder_that_is_none_is_one_line(store: CookieStore, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("")
    assert store.read(SERVICE) is None
    with pytest.raises(CookieError, match="example: cannot write"):
        store.write(SERVICE, (one("sid"),))


def test_how_a_platform_took_them_is_forgotten_with_the_cookies(store: CookieStore, tmp_path: Path) -> None:
    mark = fingerprint((one("sid", SECRET),))
    assert store.last("example", mark) is None
    store.note("example", mark, "refused: login redirect", NOW)
    assert store.last("example", mark) == ("refused: login redirect", NOW)
    assert store.last("example", fingerprint((one("sid", "other"),))) is None
    notes = tmp_path / "state/notes.json"
    assert notes.stat().st_mode & 0o777 == 0o600
    assert mark not in notes.read_text()
    notes.write_text("[]")
    assert store.last("example", mark) is None
    store.note("example", mark, "ok", NOW)
    assert store.last("example", mark) == ("ok", NOW)


TIKTOK = next(each for each in load(("spiders",))["tiktok"].accounts if each.name == "tiktok_web")


def test_the_command(tmp_path: Path) -> None:
    options = ("-s", f"COOKIES_DIR={tmp_path}/config", "-s", f"SESSION_DIR={tmp_path}/sessions")
    given = tmp_path / "cookies.txt"
    given.write_text(NETSCAPE.replace("example.org", "bilibili.com").replace("\tsid\t", "\tSESSDATA\t").replace(f"{LATER:.0f}", "4102444800"))
    done = scrapy("cookies", "set", "bilibili", str(given), *options)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("bilibili: 2 cookies kept in ")
    assert "SESSDATA is there until 2100-01-01 00:00 UTC" in done.stdout
    texts = [done.stdout]
    CookieStore(tmp_path / "config", tmp_path / "notes").write(TIKTOK, (Cookie(name="ttwid", value="guest-value", domain=".tiktok.com"),))
    done = scrapy("cookies", "set", "twitter", "-", *options, stdin=f"auth_token={SECRET}")
    assert (done.returncode, done.stderr) == (2, "scrapy cookies: twitter: ct0 is missing: log in and export again\n")
    (tmp_path / "config/bilibili/config.yaml").chmod(0o640)
    done = scrapy("cookies", "check", *options)
    assert done.returncode == 1
    assert "bilibili: " in done.stdout
    assert "type `chmod 600" in done.stdout
    assert "no request was sent" in done.stdout
    texts += [done.stdout, done.stderr]
    done = scrapy("cookies", "list", "--json", *options)
    found = {each["service"]: each for each in map(json.loads, done.stdout.splitlines())}
    assert list(found) == ["bilibili", "douyin", "tiktok_web", "tiktok_app", "twitter"]
    assert (found["tiktok_web"]["login"], found["twitter"]["login"]) == (False, None)
    texts += [done.stdout, done.stderr]
    done = scrapy("cookies", "set", "myspace", "-", *options)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "expected one of bilibili, douyin, tiktok_web, tiktok_app, twitter" in done.stderr
    assert not [text for text in texts if SECRET in text or "guest-value" in text]

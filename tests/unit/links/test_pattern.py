"""URL forms as data: what each field of a pattern does, with forms of no platform."""

from urllib.parse import quote

import pytest

from scraper.errors import ErrorCode
from scraper.links.pattern import UNWRAP, BareId, LinkPattern, build_hosts
from scraper.links.recogniser import Recogniser, Rejected
from scraper.links.text import build_posing, longer, normalise, runs_on, shorter, strip_tail, visible
from scraper.model.ref import Ref

HOSTS = ("www.a.example", "a.example")
HOME = "https://a.example"


def convert(written: str) -> str | None:
    return None if written == "no" else written.upper()


LINKS = (
    LinkPattern("post", HOSTS, r"/p/(?P<id>\d+)/?", "https://{host}/p/{id}", part="?p={part}", part_from="p|page"),
    LinkPattern("post", HOSTS, r"/p/(?P<id>\d+)/(?P<form>video|photo)/(?P<part>\d+)", f"{HOME}/p/{{id}}", part="/{form}/{part}", part_from="p"),
    LinkPattern("free", HOSTS, r"/t/(?P<id>[^/?]+)/?", f"{HOME}/t/{{id}}"),
    LinkPattern("two", HOSTS, r"/2/(?P<id>[^/?]+)(?:/(?P<name>\w+))?", f"{HOME}/2/{{id}}/{{name}}"),
    LinkPattern("query", HOSTS, r"/q/?", f"{HOME}/q?v={{id}}", query=r"v=(?P<id>[^&]{1,20})"),
    LinkPattern("both", HOSTS, r"/b/(?P<id>\w+)", f"{HOME}/b/{{id}}?{{mode}}", query=r"mode=(?P<mode>\w+)", where=r"full=1"),
    LinkPattern("turned", HOSTS, r"/d/(?P<id>\w+)/(?P<tail>\w+)", f"{HOME}/d/{{id}}/{{tail}}", convert=convert),
    LinkPattern(UNWRAP, HOSTS, r"/go/?", "{id}", query=r"to=(?P<id>[^&]+)"),
    LinkPattern("mirrored", ("m.example",), r"/(?P<id>\w+)", f"{HOME}/m/{{id}}"),
)
KNOWN = Recogniser(
    {"a": LINKS, "b": (LinkPattern("post", ("b.example",), r"/(?P<id>\d+)", "https://b.example/{id}"),)},
    {"a": ["a.example", "cdn.a.test"], "b": ["b.example"]},
    ids=[BareId(r"\d{3}", f"{HOME}/p/{{}}", prefix="no"), BareId(r"[1-9]\d{4}", f"{HOME}/p/{{}}", is_alone=True)],
)


@pytest.mark.parametrize(
    ("rest", "kind", "id_", "url", "part"),
    [
        ("/p/1", "post", "1", "/p/1", None),
        ("/p/%31%20", "post", "1", "/p/1", None),
        ("/p/1/?p=2", "post", "1", "/p/1?p=2", 2),
        ("/p/1?x=1&page=3", "post", "1", "/p/1?p=3", 3),
        ("/p/1?xp=3", "post", "1", "/p/1", None),
        ("/p/1?p=0", "post", "1", "/p/1", None),
        ("/p/1?p=1234&p=3", "post", "1", "/p/1?p=1234", 1234),
        ("/p/1?p=12345", "post", "1", "/p/1", None),
        ("/p/1?p=2%30", "post", "1", "/p/1", None),
        ("/p/1?p=2,3", "post", "1", "/p/1?p=2", 2),
        ("/x#/p/7", "post", "7", "/p/7", None),
        ("/x#!/p/7#y", "post", "7", "/p/7", None),
        ("/p/8#/nothing", "post", "8", "/p/8", None),
        ("/p/8#p/7", "post", "8", "/p/8", None),
    ],
)
def test_a_form_keeps_its_host(rest: str, kind: str, id_: str, url: str, part: int | None) -> None:
    for host in HOSTS:
        assert KNOWN.match(f"https://{host}{rest}") == Ref("a", kind, id_, f"https://{host}{url}", part)


@pytest.mark.parametrize(
    ("rest", "kind", "id_", "url", "part"),
    [
        ("/p/1/video/4?p=9", "post", "1", "/p/1/video/4", 4),
        ("/p/1/photo/0?p=9", "post", "1", "/p/1", None),
        ("/t/a.b", "free", "a.b", "/t/a.b", None),
        ("/t/a~b/", "free", "a~b", "/t/a%7Eb", None),
        ("/t/a b", "free", "a b", "/t/a%20b", None),
        ("/t/%C3%A9@+,", "free", "é@+,", "/t/%C3%A9@+,", None),
        ("/2/a/b", "two", "a", "/2/a/b", None),
        ("/2/a", "two", "a", "/2/a/", None),
        ("/q?v=a+b", "query", "a b", "/q?v=a%20b", None),
        ("/q/?x=1&v=%20a~c%20&y", "query", "a~c", "/q?v=a%7Ec", None),
        ("/b/x?mode=m&full=1", "both", "x", "/b/x?m", None),
        ("/b/x?full=1&mode=m", "both", "x", "/b/x?m", None),
        ("/d/yes/x", "turned", "YES", "/d/YES/x", None),
        ("/go?to=https%3A%2F%2Fa.example%2Ft%2F5", "free", "5", "/t/5", None),
        ("/go/?to=https://www.a.example/t/5&x", "free", "5", "/t/5", None),
        ("/go?to=//a.example/t/5", None, "", "", None),
    ],
)
def test_a_form_leads_to_its_canonical_link(rest: str, kind: str | None, id_: str, url: str, part: int | None) -> None:
    found = KNOWN.match(f"https://www.a.example{rest}")
    if kind is None:
        assert isinstance(found, Rejected)
    else:
        assert found == Ref("a", kind, id_, HOME + url, part)


@pytest.mark.parametrize(
    "rest",
    ["", "/", "/p/", "/p/1x", "/p/1/x", "/x#p/7", "/t/a%0Ab", "/q", "/q?v=", "/q?xv=b", "/q?v=" + "x" * 21, "/b/x?mode=m", "/b/x?full=1", "/b/x?full=12&mode=m", "/d/no/x", "/go?to=/p/5"],
)
def test_what_fits_no_form_is_unknown(rest: str) -> None:
    link = f"https://www.a.example{rest}"
    assert KNOWN.match(link) == Rejected(link, ErrorCode.UNKNOWN_RESOURCE, "a")


@pytest.mark.parametrize(
    ("link", "platform"),
    [
        ("https://a.example/go?to=ftp://a.example/p/5", None),
        ("https://a.example/go?to=https://e.example/", None),
        ("https://m.example/a/b", None),
        ("https://e.example/p/1", None),
        ("ftp://a.example/p/1", None),
    ],
)
def test_what_leads_elsewhere_is_not_ours(link: str, platform: str | None) -> None:
    assert KNOWN.match(link) == Rejected(link, ErrorCode.HOST_NOT_ALLOWED, platform)


def test_a_host_may_be_rewritten_without_being_owned() -> None:
    assert KNOWN.match("https://m.example/x") == Ref("a", "mirrored", "x", f"{HOME}/m/x")
    assert [KNOWN.owner(host) for host in ("a.example", "x.a.example", "ba.example", "x.cdn.a.test", "a.test", "example", "m.example")] == ["a", "a", None, "a", None, None, None]


def test_a_spider_of_one_platform_rejects_the_rest() -> None:
    alone = Recogniser({"a": LINKS, "b": LINKS[:0]}, {"a": ["a.example"], "b": ["b.example"]}, only="a")
    assert alone.match("https://a.example/p/1") == Ref("a", "post", "1", f"{HOME}/p/1")
    assert alone.match("https://b.example/1") == Rejected("https://b.example/1", ErrorCode.HOST_NOT_ALLOWED, "b")
    assert alone.match("https://a.example/x") == Rejected("https://a.example/x", ErrorCode.UNKNOWN_RESOURCE, "a")


@pytest.mark.parametrize(("depth", "is_found"), [(3, True), (4, False)])
def test_links_within_links_are_opened_so_deep(depth: int, is_found: bool) -> None:
    link = f"{HOME}/go?to=" * depth + f"{HOME}/t/5"
    assert isinstance(KNOWN.match(link), Ref) is is_found
    coded = f"{HOME}/t/5"
    for _ in range(depth):
        coded = quote(coded, safe="")
    assert [one.id for one in KNOWN.find(coded) if isinstance(one, Ref)] == ["5"] * is_found


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("no123", ["123"]),
        ("see no123, no456.", ["123", "456"]),
        ("xno123 no1234 no123x @no123 no123@", []),
        ("12345", ["12345"]),
        (" 12345\t\n54321", ["12345", "54321"]),
        ("see 12345", []),
        ("02345", []),
    ],
)
def test_ids_without_a_link(text: str, ids: list[str]) -> None:
    assert [one.id for one in KNOWN.find(text) if isinstance(one, Ref)] == ids


def test_hosts_of_one_set_of_forms_share_a_table() -> None:
    tables = build_hosts("a", LINKS)
    assert set(tables) == {*HOSTS, "m.example"}
    assert tables["a.example"] is tables["www.a.example"] is not tables["m.example"]
    assert tables["m.example"].find("m.example", "x?y") == Ref("a", "mirrored", "x", f"{HOME}/m/x")
    assert tables["a.example"].find("a.example", "?p=1") is None


@pytest.mark.parametrize(
    ("host", "is_posing"),
    [
        ("a.co.evil.test", True),
        ("x.a.co.evil.test", True),
        ("a.co@evil.test", True),
        ("ba.co.evil.test", False),
        ("x.a.co", False),
        ("longer.co.evil.test", True),
        ("my-longer.co", True),
        ("LONGER-co.test", True),
        ("longer.com", False),
        ("longer.co2", False),
        ("longerxco.test", False),
    ],
)
def test_a_host_poses_as_another(host: str, is_posing: bool) -> None:
    assert (build_posing(["a.co", "longer.co"]).search(host) is not None) is is_posing
    assert build_posing([]).search(host) is None


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (r"https:\/\/a\u002fb\x2fc", "https://a/b/c"),
        (r"a\_b \n \\d", r"a_b \n \\d"),
        ("a&amp;amp;b &lt; &#47; &#x2F; &nbsp", "a&b < / / &nbsp"),
        ("ｈｔｔｐｓ：／／ａ．ｂ／ｃ？ｄ＝１", "https://a.b/c?d=1"),
        ("看：１？ａ", "看：１？ａ"),
        ("https://ahttps://b", "https://a https://b"),
        ("xhttps://b", "xhttps://b"),
    ],
)
def test_escapes_are_undone(text: str, plain: str) -> None:
    assert normalise(text) == plain


def test_where_a_link_may_end() -> None:
    assert strip_tail("https://a/b?.,;:&+") == "https://a/b"
    assert (visible("a\u200bb\u00adc\u2060\ufeff"), visible("é")) == ("abc", "é")
    assert [shorter(rest) for rest in ("/a,b", ",a", "/a看b", "/a%20b", "/a%E7b", "/ab", "/a%41")] == ["/a", None, "/a", "/a", "/a", None, None]
    text = "/a(b)看c d"
    assert (longer(text, 2), longer(text, 1), longer("/a", 2)) == (7, 1, 2)
    assert [runs_on(neighbour) for neighbour in ("а", "a", "看", "1", "", "。")] == [True, True, False, False, False, False]

"""Links are found in any text, and look-alikes are not."""

import re
from io import BytesIO

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from scraper.commands.links import read_lines
from scraper.envelopes.messages import seed_message
from scraper.errors import ErrorCode, SeedError
from scraper.links.pattern import LinkPattern
from scraper.links.recogniser import Rejected
from scraper.model.ref import Ref
from scraper.platform.registry import load, recogniser

SITES = load(("spiders",))
RECOGNISER = recogniser(SITES.values())
ONE, TWO, SHORT = (
    "https://www.tiktok.com/@a/video/1",
    "https://www.tiktok.com/@b/video/2",
    "https://vm.tiktok.com/ZMabc123/",
)


def urls(text: str) -> list[str]:
    return [found.url for found in RECOGNISER.find(text) if isinstance(found, Ref)]


def rejected(text: str) -> list[str]:
    return [found.reason.value for found in RECOGNISER.find(text) if isinstance(found, Rejected)]


@pytest.mark.parametrize(
    ("url", "kind", "id"),
    [
        (
            "https://www.tiktok.com/@user.name/video/7231338487075638570?is_from_webapp=1&lang=en",
            "video",
            "7231338487075638570",
        ),
        ("http://tiktok.com/@a/video/1", "video", "1"),
        ("https://www.tiktok.com/@/video/1/", "video", "1"),
        ("https://m.tiktok.com/v/1.html?u_code=0", "video", "1"),
        ("https://m.tiktok.com/v/1", "video", "1"),
        ("https://www.tiktok.com/embed/v2/1", "video", "1"),
        ("https://www.tiktok.com/player/v1/1", "video", "1"),
        ("https://www.tiktokv.com/i18n/share/video/1/", "video", "1"),
        ("https://www.tiktok.com/@a/photo/1", "photo", "1"),
        ("https://www.tiktokv.com/share/photo/1", "photo", "1"),
        ("https://vm.tiktok.com/ZMabc123", "short", "ZMabc123"),
        ("https://vt.tiktok.com/ZSabc_-1/?k=1", "short", "ZSabc_-1"),
        ("https://www.tiktok.com/t/ZTabc123/", "short", "ZTabc123"),
        ("https://www.tiktok.com/@user_", "user", "user_"),
        ("https://www.tiktok.com/@user/reposts", "user", "user"),
        ("https://www.tiktok.com/@user/live", "live", "user"),
        ("https://m.tiktok.com/share/live/12", "live", "12"),
        ("https://www.tiktok.com/@a/collection/some-name-12", "collection", "12"),
        ("https://www.tiktok.com/@a/playlist/some-name-12", "playlist", "12"),
        ("https://www.tiktok.com/music/original-sound-12", "sound", "12"),
        ("https://www.tiktok.com/sticker/x-12", "effect", "12"),
        ("https://www.tiktok.com/tag/cats", "tag", "cats"),
        ("https://www.douyin.com/jingxuan?x=1&amp;modal_id=12", "video", "12"),
    ],
)
def test_forms(url: str, kind: str, id: str) -> None:  # noqa: A002
    [ref] = RECOGNISER.find(f"look: {url} !")
    assert isinstance(ref, Ref)
    assert (ref.kind, ref.id) == (kind, id)
    assert RECOGNISER.match(f" {url}\n") == ref
    assert ref.url.startswith("https://")
    assert "?" not in ref.url


@pytest.mark.parametrize(
    "text",
    [
        f"[title]({SHORT})",
        f"<{SHORT}>",
        f'<a href="{SHORT}">x</a>',
        f"<a href='{SHORT}'>",
        f"**{SHORT}**",
        f"_{SHORT}_",
        f"~~{SHORT}~~",
        f"`{SHORT}`",
        f"({SHORT}).",
        f"{SHORT}😀",
        f"😀{SHORT}",
        f"看这里{SHORT}复制此链接，打开应用",
        f"7.97 复制打开，看看【某人的作品】今天 # 旅行 {SHORT} 12/03 h@O.Kw :4pm",
        f"¡Mira este video!{SHORT}¿Te gusta?",
        f"Check out this video on tiktok.com! {SHORT}",
        f"link.{SHORT}",
        f"link:{SHORT}",
        f"url={SHORT}",
        f"1{SHORT}",
        f"\u200b{SHORT}\u200b",
        f"\u2068{SHORT}\u2069",
        f"「{SHORT}」",
        f"{SHORT}。",
        f"{SHORT}…",
        SHORT.replace("/", r"\/"),
        SHORT.replace("https", "HTTPS").replace("vm.tiktok.com", "VM.TikTok.Com"),
        SHORT.replace("https://", ""),
        "视频" + SHORT.replace("https://", ""),
        SHORT.replace("https://", "//"),
        SHORT.replace("https:", "https："),
        SHORT.replace(".com", ".com:443"),
        SHORT.replace(".com", ".com."),
        f"https://\n{SHORT}",
        SHORT.replace("https:", "https：").replace("//", "／／"),
        "".join(chr(ord(char) + 0xFEE0) for char in SHORT),
        SHORT.replace(".", "．"),
        SHORT.replace("/", r"\u002F"),
        SHORT.replace("/", r"\\/"),
        f'{{"a":"{SHORT}","b":1}}',
        f"{{'a': '{SHORT}', 'b': 1}}",
        f"&lt;a href=&quot;{SHORT}&quot;&gt;",
        SHORT.replace("/", "&#x2F;"),
        SHORT.replace(":", "%3A").replace("/", "%2F"),
        SHORT.replace(":", "%253a").replace("/", "%252f"),
        "x%20" + SHORT.replace(":", "%3A").replace("/", "%2F") + "%20%E7%9C%8B",
        SHORT.replace("tiktok", "tik\u200btok").replace("ZM", "\u2060ZM"),
        SHORT.replace("tiktok", "tik\u00adtok"),
        f"Link{SHORT}",
        rf"\n{SHORT}\n",
        f"{SHORT},look",
        f"{SHORT}&_r=1",
        f"{SHORT}!Mira",
        f"{SHORT}%20",
        f"{SHORT}%E7%9C%8B",
        f"*{SHORT}*text",
    ],
)
def test_one_link_in_any_wrapping(text: str) -> None:
    assert urls(text) == [SHORT]
    assert rejected(text) == []


@pytest.mark.parametrize("glue", [" ", "\n", ",", ";", "|", "、", "，", "", "/", "/,", ")(", "😀", "&", "\\n"])
def test_several_links_a_line(glue: str) -> None:
    assert urls(f"{ONE}{glue}{TWO}{glue}{ONE}") == [ONE, TWO, ONE]


@pytest.mark.parametrize(
    "url",
    [
        "https://www.tiktok.com.evil.example/@a/video/1",
        "https://evil-tiktok.com/@a/video/1",
        "https://www.tiktok.com@evil.example/@a/video/1",
        "https://evil.example@www.tiktok.com/@a/video/1",
        "https://:@www.tiktok.com/@a/video/1",
        "https://@www.tiktok.com/@a/video/1",
        "https://www.tiktok.com:8443/@a/video/1",
        "https://www.tiktok.com:99999/@a/video/1",
        "https://www.tіktok.com/@a/video/1",
        "https://ti\u212atok.com/@a/video/1",
        "https://www.xn--tktok-k4a.com/@a/video/1",
        "https://www.tiktok.com\uff0eevil.example/@a/video/1",
        r"https://evil.example\@www.tiktok.com/@a/video/1",
        r"https://evil.example\.tiktok.com/@a/video/1",
        "https://evil.example%2F@www.tiktok.com/@a/video/1",
        "https://evil.example/%40www.tiktok.com/@a/video/1",
        "https://www.tiktok.com\u200b.evil.example/@a/video/1",
        "https://www.tiktok。com.evil.example/@a/video/1",
        "https://x.com.evil.example/a/status/1",
        "https://evilx.com/a/status/1",
        "https://ｅvil.example/x.com/a/status/1",
        "https://x-com.example/a/status/1",
        "https://b23.tv.evil.example/BV1xx411c7mD",
        "https://evilfxtwitter.com/a/status/1",
        "https://fxtwitter.com/a",
        "https://douyin.com@evil.example/video/1",
        "snssdk1128://aweme/detail/7300000000000000001",
        "bilibili://video/170001",
        "twitter://status?id=20",
        "intent://www.tiktok.com/@a/video/1",
        "hxxps://www.tiktok.com/@a/video/1",
        "https://evil.example/?u=https://www.tiktok.com/@a/video/1",
        "https://evil.example/#https=www.tiktok.com/@a/video/1",
        "ftp://www.tiktok.com/@a/video/1",
        "xhttps-x://www.tiktok.com/@a/video/1",
        "https://127.0.0.1/@a/video/1",
        "https://[::1]/@a/video/1",
        "https://[::1/@a/video/1",
        "https://localhost/@a/video/1",
        "https://2130706433/",
    ],
)
def test_look_alikes_are_refused(url: str) -> None:
    assert urls(url) == []
    assert set(rejected(url)) <= {"host_not_allowed", "unknown_resource"}
    match = RECOGNISER.match(url)
    assert isinstance(match, Rejected)
    assert match.reason in (ErrorCode.HOST_NOT_ALLOWED, ErrorCode.UNKNOWN_RESOURCE)


@pytest.mark.parametrize(
    "link",
    [
        "tiktok.com.evil.example/@a/video/1",
        "WWW.TikTok.com.evil.example/@a/video/1",
        "tiktok-com.evil.example/@a/video/1",
        "nottiktok.com/@a/video/1",
        "evil-tiktok.com/@a/video/1",
        "bilibili.com-video.example/BV1xx411c7mD",
        "x.com.evil.example/a/status/1",
        "www.x.com-login.example/a/status/1?s=20",
        "b23.tv.evil.example/abcd",
        "douyin.com.evil.example:8080/video/1",
        "www.tiktok.com@evil.example/@a/video/1",
        "x.com@evil.example:443/a/status/1",
        "tiktok.com:8443/@a/video/1",
        "а" + "tiktok.com/@a/video/1",
        "тикток" + "tiktok.com/@a/video/1",
    ],
)
def test_a_look_alike_without_a_scheme_is_refused(link: str) -> None:
    for text in (link, f"//{link}", f"see {link}.", f"看这个（{link}）"):
        [(written, found)] = RECOGNISER.scan(text)
        assert written == link
        assert isinstance(found, Rejected)
        assert (found.url, found.reason) == (link, ErrorCode.HOST_NOT_ALLOWED)


@pytest.mark.parametrize(
    "text",
    [
        "tiktok.com" + "а/@a/video/1",
        "netflix.com/title/1 max.com/a/status/1 fedex.com.mx/x linux-x.com/a at.co/x tiktok.community/x",
        "tiktok.com.evil.example",
        "tiktok.com.evil.example/ and www.nottiktok.com",
        "a@tiktok.com",
        "a@tiktok.com/@a/video/1",
        "mailto:a@tiktok.com",
        "tiktok.com@evil.example",
        "x.com@a and a.b@tiktok.com",
        "a@b.tiktok.com.evil.example/@a/video/1",
        "file.txt, e.g. 3.5 or tiktok.com",
        "www.tiktok.com/",
        "an AV1 codec, av01.0.05M.08, av12 and AV 170001",
        "xBV1xx411c7mD BV1xx411c7mD9 BV1xx411c7m0 bv1xx411c7mD _BV1xx411c7mD @BV1xx411c7mD",
        "a_av170001 av170001b @av170001 av170001@example.org av0170001 av170001.5",
        "av1",
        "AV1",
        "av01",
        "av1\nav01",
        "tiktokuser:MS4wLjABAAAA",
        "tiktokuser:someone",
        "https://",
        "://",
        "",
    ],
)
def test_words_are_no_links(text: str) -> None:
    assert RECOGNISER.find(text) == []


@pytest.mark.parametrize(
    "url",
    [
        "https://www.tiktok.com/",
        "https://www.tiktok.com/foryou",
        "https://www.tiktok.com/@a/video/",
        "https://www.tiktok.com/@a/video/1a",
        "https://www.tiktok.com/@a/video/" + "1" * 20,
        "https://www.tiktok.com/@a/video/0",
        "https://www.tiktok.com/@a/video/01",
        "https://www.tiktok.com/@a/video/-1",
        "https://www.tiktok.com/@" + "a" * 1000 + "/video/1",
        "https://www.tiktok.com/@a/../b/video/1",
        "https://www.tiktok.com//@a/video/1",
        "https://www.tiktok.com/@a/video/1/x",
        "https://www.tiktok.com/@aé",
        "https://vm.tiktok.com/",
        "https://api.tiktok.com/@a/video/1",
        "https://www.douyin.com/jingxuan?modal_id=x",
        "https://www.douyin.com/jingxuan?modal_id=١",
        "https://v16-webapp-prime.tiktok.com/video/tos/a",
    ],
)
def test_unknown_forms_name_their_platform(url: str) -> None:
    [found] = RECOGNISER.find(url)
    assert isinstance(found, Rejected)
    assert found.reason is ErrorCode.UNKNOWN_RESOURCE
    assert found.platform == ("douyin" if "douyin" in url else "tiktok")


@pytest.mark.parametrize("text", ["", "word", "a b", "mailto:a@b", "www.tiktok.com/@a/video/1", "javascript:alert(1)"])
def test_match_wants_a_whole_link(text: str) -> None:
    found = RECOGNISER.match(text)
    assert isinstance(found, Rejected)
    assert found.reason is ErrorCode.NO_URL


def test_one_post_has_one_key() -> None:
    refs = RECOGNISER.find(
        "https://www.tiktok.com/@a/video/1 https://m.tiktok.com/v/1.html https://www.tiktok.com/@a/photo/1"
    )
    assert len({ref.key for ref in refs if isinstance(ref, Ref)}) == 1


def test_no_two_posts_have_one_key() -> None:
    """The number alone does not distinguish an episode from a lesson, nor a code from an id."""
    paths = ("video/av100", "bangumi/play/ep100", "bangumi/play/ss100", "bangumi/media/md100", "cheese/play/ep100")
    more = ("cheese/play/ss100", "audio/au100", "audio/am100", "opus/100", "read/cv100", "video/av100?p=2")
    texts = [f"https://www.bilibili.com/{path}" for path in (*paths, *more)]
    texts += ["https://b23.tv/100100", "https://www.bilibili.com/opus/100100", "https://space.bilibili.com/100"]
    refs = [ref for ref in RECOGNISER.find(" ".join(texts)) if isinstance(ref, Ref)]
    assert len({ref.key for ref in refs}) == len(refs) == len(texts)


def test_scan_keeps_the_link_as_written() -> None:
    assert [written for written, _ in RECOGNISER.scan(f"a {ONE}?x=1, tiktok.com/@a/video/1")] == [
        f"{ONE}?x=1",
        "tiktok.com/@a/video/1",
    ]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("BV1xx411c7mD", ["BV1xx411c7mD"]),
        ("看BV1xx411c7mD，和 av170001。", ["BV1xx411c7mD", "BV17x411w7KC"]),
        ("#BV1xx411c7mD bvid=BV1xx411c7mD", ["BV1xx411c7mD", "BV1xx411c7mD"]),
        ("BV1xx411c7mD.mp4 some-title-BV1xx411c7mD", ["BV1xx411c7mD", "BV1xx411c7mD"]),
        ("av7", ["BV1xx411c7m9"]),
        ("a\n AV7 \nb", ["BV1xx411c7m9"]),
        ("see av7 here, and AV100", ["BV1xx411c7mW"]),
        ("https://example.org/BV1xx411c7mD example.org/av170001", []),
    ],
)
def test_ids_without_a_link(text: str, ids: list[str]) -> None:
    assert [ref.id for ref in RECOGNISER.find(text) if isinstance(ref, Ref)] == ids


def test_a_spider_of_one_platform_knows_the_others() -> None:
    known = recogniser(SITES.values(), only="tiktok")
    found = known.find(
        f"{SHORT} b23.tv/BV1xx411c7mD BV1xx411c7mD https://x.com/explore https://fxtwitter.com/a/status/1 https://example.org/"
    )
    assert [(one.platform, getattr(one, "reason", None)) for one in found] == [
        ("tiktok", None),
        ("bilibili", ErrorCode.HOST_NOT_ALLOWED),
        ("bilibili", ErrorCode.HOST_NOT_ALLOWED),
        ("twitter", ErrorCode.HOST_NOT_ALLOWED),
        ("twitter", ErrorCode.HOST_NOT_ALLOWED),
        (None, ErrorCode.HOST_NOT_ALLOWED),
    ]


def test_the_message_says_which_spider_to_use() -> None:
    error = SeedError(ErrorCode.HOST_NOT_ALLOWED, raw_message="use the spider bilibili")
    message = seed_message(error, title="Bilibili", text="BV1xx411c7mD")
    assert message == '"BV1xx411c7mD" is a link of Bilibili, which this spider does not take: use the spider bilibili.'


def test_no_two_platforms_claim_a_host() -> None:
    hosts = [
        (host, name) for name, site in SITES.items() for host in {host for row in site.links for host in row.hosts}
    ]
    assert len({host for host, _ in hosts}) == len(hosts)
    assert [(host, name) for host, name in hosts if RECOGNISER.owner(host) not in (name, None)] == []


def test_wrapped_links_do_not_unwrap_for_ever() -> None:
    outer = "https://x.com/i/redirect?url="
    assert [found.reason for found in RECOGNISER.find(outer * 9 + ONE) if isinstance(found, Rejected)]
    assert urls(outer + outer + ONE) == [ONE]
    assert rejected("https://x.com/safety/unsafe_link_warning?unsafe_link=ftp://x.com/a/status/1") == [
        "host_not_allowed"
    ]
    assert rejected("https%3A%2F%2Fevil.example%2F%40a%2Fvideo%2F1") == ["host_not_allowed"]
    assert urls(
        outer + "https%3A%2F%2Fx.com%2Fi%2Fredirect%3Furl%3Dhttps%253A%252F%252Fx.com%252Fa%252Fstatus%252F1"
    ) == ["https://x.com/a/status/1"]


@given(st.text(st.characters()))
@example("https://[")
@example("https://tiktok.com:٣/")
def test_any_text_is_judged(text: str) -> None:
    for found in RECOGNISER.find(text):
        assert isinstance(found, Ref | Rejected)
    RECOGNISER.match(text)


@given(
    st.text(st.characters(exclude_categories=["L", "N"], exclude_characters="@._-%+=:/?#&\\[]"), max_size=20),
    st.text(max_size=5).filter(lambda t: not t.isascii()),
)
def test_what_stands_around_does_not_matter(before: str, after: str) -> None:
    assert SHORT in urls(f"{before}{SHORT} {after}")


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=10))
def test_a_foreign_host_is_never_ours(label: str) -> None:
    for text in (
        f"https://{label}tiktok.com/@a/video/1",
        f"https://tiktok.com{label}/@a/video/1",
        f"https://tiktok.com.{label}/@a/video/1",
    ):
        assert urls(text) == []


ROWS = [(name, row) for name, site in SITES.items() for row in site.links]


@pytest.mark.parametrize(("name", "row"), ROWS, ids=[f"{name}-{row.kind}" for name, row in ROWS])
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(st.data())
def test_a_canonical_link_leads_to_itself(name: str, row: LinkPattern, data: st.DataObject) -> None:
    host = data.draw(st.sampled_from(row.hosts))
    path = data.draw(
        st.from_regex(re.compile(row.path, re.ASCII), fullmatch=True, alphabet=st.characters(codec="ascii"))
    )
    queries = [query for query in (row.where, row.query) if query]
    values = [
        data.draw(st.from_regex(re.compile(query, re.ASCII), fullmatch=True, alphabet=st.characters(codec="ascii")))
        for query in queries
    ]
    ref = RECOGNISER.match(f"https://{host}{path}" + ("?" + "&".join(["a=1", *values, "b=2"]) if values else ""))
    if isinstance(ref, Ref):
        assert RECOGNISER.match(ref.url) == ref
        assert urls(f"看{ref.url}。") == [ref.url] or not ref.url[-1].isalnum()


ANY_PLACE = st.sampled_from([*{host for _, row in ROWS for host in row.hosts}, "example.org"])
ANY_REST = st.lists(
    st.sampled_from(
        [*"/?#&=@%.:-_!a1Z", "video", "BV1xx411c7mD", "status", "av170001", "modal_id", "%2F", "url", "https://"]
    ),
    max_size=12,
).map("".join)


@given(ANY_PLACE, ANY_REST)
def test_any_link_of_a_platform_is_judged_and_stays_itself(host: str, rest: str) -> None:
    for found in [RECOGNISER.match(f"https://{host}/{rest}"), *RECOGNISER.find(f"{host}/{rest}")]:
        if isinstance(found, Ref):
            assert RECOGNISER.match(found.url) == found


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_lines_come_whole_however_they_are_cut(size: int) -> None:
    class Slow(BytesIO):
        def read1(self, _: int | None = -1, /) -> bytes:
            return self.read(size)

    text = "\ufeffa\r\n\n看\n".encode() + b"\xff\nlast"
    assert [line for lines in read_lines(Slow(text)) for line in lines] == ["a", "", "看", "�", "last"]

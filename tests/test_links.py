"""Links are found in any text, look-alikes are not, and 1 MB takes linear time."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scraper.core.errors import ErrorCode
from scraper.core.links import LinkPattern, Recogniser, Ref, Rejected
from spiders.tiktok.links import LINKS

TABLES = {
    "tiktok": LINKS,
    "other": (
        LinkPattern(
            "video", ("www.other.example",), "/jingxuan", "https://www.other.example/video/{id}", query="modal_id"
        ),
    ),
}
RECOGNISER = Recogniser(TABLES, {"tiktok": ("tiktok.com", "tiktokv.com"), "other": ("other.example",)})
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
        ("https://www.other.example/jingxuan?x=1&amp;modal_id=12", "video", "12"),
    ],
)
def test_forms(url: str, kind: str, id: str) -> None:  # noqa: A002
    [ref] = RECOGNISER.find(f"look: {url} !")
    assert isinstance(ref, Ref)
    assert (ref.kind, ref.id) == (kind, id)
    assert RECOGNISER.match(f" {url}\n") == ref
    assert ref.url.startswith("https://")
    assert "?" not in ref.url


@pytest.mark.parametrize("url", sorted({pattern.canonical for pattern in LINKS}))
def test_a_canonical_link_leads_to_itself(url: str) -> None:
    url = url.format(user="a", id="12345", name="n-", form="sticker")
    ref = RECOGNISER.match(url)
    assert isinstance(ref, Ref)
    assert ref.url == url


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


@pytest.mark.parametrize(
    "text",
    [
        "а" + "tiktok.com/@a/video/1",
        "tiktok.com" + "а/@a/video/1",
        "nottiktok.com/@a/video/1",
        "a@tiktok.com",
        "a@tiktok.com/@a/video/1",
        "mailto:a@tiktok.com",
        "tiktok.com@evil.example/@a/video/1",
        "tiktok.com.evil.example/@a/video/1",
        "file.txt, e.g. 3.5 or tiktok.com",
        "www.tiktok.com/",
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
        "https://www.tiktok.com/@a/video/" + "1" * 21,
        "https://www.tiktok.com/@" + "a" * 1000 + "/video/1",
        "https://www.tiktok.com/@a/../b/video/1",
        "https://www.tiktok.com//@a/video/1",
        "https://www.tiktok.com/@a/video/1/x",
        "https://www.tiktok.com/@aé",
        "https://vm.tiktok.com/",
        "https://api.tiktok.com/@a/video/1",
        "https://www.other.example/jingxuan?modal_id=x",
        "https://www.other.example/jingxuan?modal_id=١",
        "https://www.other.example/jingxuan?" + "&a=1" * 1000 + "&modal_id=1",
    ],
)
def test_unknown_forms_name_their_platform(url: str) -> None:
    [found] = RECOGNISER.find(url)
    assert isinstance(found, Rejected)
    assert found.reason is ErrorCode.UNKNOWN_RESOURCE
    assert found.platform == ("other" if "other" in url else "tiktok")


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


def test_scan_keeps_the_link_as_written() -> None:
    assert [written for written, _ in RECOGNISER.scan(f"a {ONE}?x=1, tiktok.com/@a/video/1")] == [
        f"{ONE}?x=1",
        "tiktok.com/@a/video/1",
    ]


MEGABYTE = 1_000_000
PIECES = [
    "a", "a.", "aaaaaaa.", "a" * 63 + ".", "https://", "http://a/", "://", "-", "a:", "a@", "视", "а", ".", "/", "?", "&amp;", "h1", "a-", "a%", r"\/",
    "https", "#", "[", f"{ONE} ", f"{ONE},", "tiktok.com/", "www.", "_", "\u200b",
]  # fmt: skip
HEADS = [ONE, f"{ONE}?", "https://www.tiktok.com/music/", "https://www.tiktok.com/@a/collection/", "https://"]


@pytest.mark.parametrize(
    ("head", "piece"), [*(("", piece) for piece in PIECES), *((head, piece) for head in HEADS for piece in "a-/?.")]
)
def test_a_megabyte_takes_linear_time(head: str, piece: str) -> None:
    text = head + piece * (MEGABYTE // len(piece))
    started = time.process_time()
    RECOGNISER.find(text)
    assert time.process_time() - started < 3  # 0.3 s at most; quadratic takes minutes


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

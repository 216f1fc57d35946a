"""Playlists of HLS: the best rendition, the pieces in their order, and errors for those that cannot be joined."""

import pytest

from scraper.errors import MediaError
from scraper.media.hls import read_master, read_pieces

AT = "https://video.twimg.com/ext_tw_video/1/pu/pl/master.m3u8?variant_version=1"
MASTER = """#EXTM3U
#EXT-X-VERSION:6
#EXT-X-MEDIA:NAME="Audio",TYPE=AUDIO,GROUP-ID="audio-32000",AUTOSELECT=YES,URI="/ext_tw_video/1/pu/pl/mp4a/32000/low.m3u8"
#EXT-X-MEDIA:NAME="Audio",TYPE=AUDIO,GROUP-ID="audio-128000",AUTOSELECT=YES,URI="/ext_tw_video/1/pu/pl/mp4a/128000/best.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=300000,RESOLUTION=480x270,CODECS="mp4a.40.2,avc1.4D401E",AUDIO="audio-32000"
/ext_tw_video/1/pu/pl/avc1/480x270/low.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2176000,RESOLUTION=1280x720,CODECS="mp4a.40.2,avc1.640020",AUDIO="audio-128000"
/ext_tw_video/1/pu/pl/avc1/1280x720/best.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=3000000,RESOLUTION=1280x720,CODECS="mp4a.40.2,hvc1.1.6.L120",AUDIO="audio-128000"
/ext_tw_video/1/pu/pl/hevc/1280x720/best.m3u8
"""
PIECES = """#EXTM3U
#EXT-X-TARGETDURATION:3
#EXT-X-MAP:URI="/v/init.mp4"
#EXTINF:3.0,
/v/1.m4s
#EXTINF:1.5,
2.m4s
#EXT-X-ENDLIST
"""


def test_the_best_h264_rendition_comes_with_its_sound() -> None:
    best = read_master(MASTER, AT)
    assert best is not None
    assert best.url == "https://video.twimg.com/ext_tw_video/1/pu/pl/avc1/1280x720/best.m3u8"
    assert best.sound_url == "https://video.twimg.com/ext_tw_video/1/pu/pl/mp4a/128000/best.m3u8"
    assert best.bitrate == 2_176_000


def test_pieces_come_in_order_after_their_header() -> None:
    assert read_master(PIECES, AT) is None
    assert read_pieces(PIECES, AT) == [
        "https://video.twimg.com/v/init.mp4",
        "https://video.twimg.com/v/1.m4s",
        "https://video.twimg.com/ext_tw_video/1/pu/pl/2.m4s",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("<html>", "expected a playlist"),
        ("", "expected a playlist"),
        ("#EXTM3U\n#EXT-X-ENDLIST", "without pieces"),
        (MASTER, "without pieces"),
        (PIECES.replace("#EXT-X-ENDLIST", ""), "live"),
        (PIECES.replace("#EXTINF:3.0,", '#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF:3.0,'), "encrypted"),
        (PIECES.replace("#EXTINF:3.0,", "#EXTINF:3.0,\n#EXT-X-BYTERANGE:100@0"), "byte ranges"),
        (PIECES.replace("#EXTINF:1.5,", '#EXT-X-MAP:URI="/v/other.mp4"\n#EXTINF:1.5,'), "different headers"),
        ("#EXTM3U\n#EXTINF:x,\na", "cannot be read"),
        (PIECES.replace('init.mp4"', 'init.mp4",BYTERANGE="9@0"'), "byte ranges"),
        (PIECES.replace("2.m4s", "https://[2.m4s"), "invalid URL"),
        (PIECES.replace("/v/init.mp4", "https://[init.mp4"), "invalid URL"),
    ],
)
def test_what_cannot_be_joined_is_said(text: str, problem: str) -> None:
    with pytest.raises(MediaError, match=problem):
        read_pieces(text, AT)


def test_a_master_without_renditions_is_no_list() -> None:
    with pytest.raises(MediaError):
        read_pieces("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1", AT)


@pytest.mark.parametrize("name", ["/avc1/1280x720/best", "/mp4a/128000/best"])
def test_a_master_that_names_no_url_is_said(name: str) -> None:
    with pytest.raises(MediaError, match="invalid URL"):
        read_master(MASTER.replace(f"/ext_tw_video/1/pu/pl{name}", f"https://[{name}"), AT)

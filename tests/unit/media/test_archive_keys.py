"""A known file becomes part of a later answer's record, as the same variant."""

from dataclasses import replace

from scraper.envelopes.envelope import find_completeness
from scraper.media.storage.archive_keys import archived_warning, key_of, to_details, to_file
from scraper.model.policy import Policy
from scraper.model.post import File, Kind, Media, Post, Probe, Role, Variant

VARIANTS = [
    Variant(url="https://x/1", quality="720p", bitrate=9),
    Variant(url="https://x/2", quality="360p", watermark=True),
]
MEDIUM = Media(index=2, role=Role.VIDEO, variants=VARIANTS)
POST = Post(platform="tiktok", id="7", kind=Kind.VIDEO, url="https://x", media=[MEDIUM])
FILE = File(
    variant=1, path="media/a.mp4", bytes=4, sha256="0" * 64, probe=Probe(codec="h264", duration=1.5), reason="2. best"
)


def test_what_is_asked_for_names_a_file_and_not_what_was_on_offer() -> None:
    keys = [key_of(POST, MEDIUM, variant, Policy()) for variant in VARIANTS]
    assert keys == ["tiktok/7/video/2/clean/h264/0", "tiktok/7/video/2/marked/h264/0"]
    better = replace(VARIANTS[0], quality="1080p", bitrate=99)
    assert key_of(POST, replace(MEDIUM, variants=[better]), better, Policy()) == keys[0]
    assert key_of(POST, MEDIUM, VARIANTS[0], Policy(codec="av1", max_height=480)) == "tiktok/7/video/2/clean/av1/480"
    assert key_of(POST, MEDIUM, None, Policy()) == "tiktok/7/video/2/made"


def test_of_all_variants_each_has_a_key_of_its_own() -> None:
    twins = [Variant(url="https://x/3"), Variant(url="https://x/4")]
    medium = replace(MEDIUM, variants=[*VARIANTS, *twins])
    assert len({key_of(POST, medium, variant, Policy(media="all")) for variant in medium.variants}) == 4


def test_a_file_is_that_of_the_same_variant_wherever_it_stands_now() -> None:
    details = to_details(FILE, VARIANTS[1], ["smaller_than_announced:2"])
    for variants, index, expected in ((VARIANTS, 0, 1), (VARIANTS[::-1], 1, 0), (VARIANTS[:1], 0, 0)):
        file, warnings = to_file(replace(MEDIUM, variants=variants), index, FILE.path, 4, FILE.sha256, details)
        assert (file, warnings) == (replace(FILE, variant=expected), ["smaller_than_announced:2"])
    made, _ = to_file(MEDIUM, None, FILE.path, 4, FILE.sha256, to_details(FILE, None, []))
    assert made.variant is None


def test_a_medium_that_is_done_elsewhere_is_known_by_its_state_and_not_by_its_warning() -> None:
    assert not replace(MEDIUM).is_had
    assert replace(MEDIUM, is_archived=True).is_had
    assert archived_warning(MEDIUM) == "archived:2"
    post = replace(POST, media=[replace(MEDIUM)], warnings=[archived_warning(MEDIUM)])
    assert find_completeness(post, 1) == "none", "a warning is for people"

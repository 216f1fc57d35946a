"""curl commands that fetch variants: cookies go into a file, so that no command line holds a value of one."""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from scraper.fetch.network.options import NetworkOptions
from scraper.model.post import Media, Post, Role, Variant
from scraper.model.ranking import WANTED_ROLES, codec_of, is_playlist, rank

_EXTENSIONS = {"jpeg": ".jpg", "png": ".png", "webp": ".webp", "mp3": ".mp3"}
_BY_ROLE = {Role.IMAGE: ".jpg", Role.AUDIO: ".m4a"}
_HEADER = "# Netscape HTTP Cookie File\n# Do not share this file: these cookies are a guest's, or your own.\n"


def wanted(post: Post) -> list[tuple[str, Variant]]:
    """Return the best file of each medium with a name for it; playlists and segmented variants are left out."""
    found = []
    for medium in post.media:
        if medium.role in WANTED_ROLES and medium.variants:
            ranked = (medium.variants[index] for index in rank(medium))
            best = next((variant for variant in ranked if not variant.segments and not is_playlist(variant)), None)
            if best is not None:
                name = f"{post.platform}_{post.id}_{medium.index}{_extension(medium, best)}"
                found.append((name, best))
    return found


def netscape(variants: Iterable[tuple[str, Variant]]) -> str:
    """Return the cookies of *variants* for their own hosts, in the format that curl, wget and yt-dlp read."""
    lines = {
        "\t".join((_host(url), "FALSE", "/", "TRUE", "0", name, value)): None
        for _, variant in variants
        for url in (variant.url, *variant.backup_urls)
        for name, value in variant.jar.items()
    }
    return _HEADER + "".join(f"{line}\n" for line in lines)


def curl_lines(
    variants: Sequence[tuple[str, Variant]], cookies: Path, user_agent: str, network: NetworkOptions
) -> Iterator[str]:
    """Yield a curl command for each of *variants*, with the proxy and the authority of *network*."""
    for name, variant in variants:
        words = ["curl", "--fail", "--silent", "--show-error", "--output", name, "--user-agent", user_agent]
        if variant.jar:
            words += ["--cookie", str(cookies)]
        for header, value in variant.headers.items():
            words += ["--header", f"{header}: {value}"]
        if network.proxies:
            words += ["--proxy", network.proxies[0].name]
        if network.ca_file is not None:
            words += ["--cacert", str(network.ca_file)]
        yield shlex.join([*words, variant.url])


def _extension(medium: Media, variant: Variant) -> str:
    """Return the likely extension of the file; its first bytes are not known yet."""
    return _EXTENSIONS.get(codec_of(variant) or "", _BY_ROLE.get(medium.role, ".mp4"))


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""

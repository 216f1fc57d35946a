"""Parse the object of a post, in any layout, with the media of the quoted or reposted post."""

from collections.abc import Sequence

from scraper.errors import PayloadError
from scraper.model.post import Cover, Kind, Post
from scraper.posts.fields import Fields, dig
from scraper.posts.finder import unwrap
from scraper.posts.loaders import PostLoader
from spiders.twitter.payload.article import ARTICLE, BODY_LEFT_OUT, read_title
from spiders.twitter.payload.card import Card, read_card
from spiders.twitter.payload.embed import PLACES
from spiders.twitter.payload.layout import LAYOUTS, TwitterFormat
from spiders.twitter.payload.limits import read_restrictions, refuse_withheld
from spiders.twitter.payload.media import Shown, check, kind_of, number, read_media, warn
from spiders.twitter.payload.outcome import judge_gone
from spiders.twitter.payload.recognise import LOOK, PROMOTED, RawPost
from spiders.twitter.payload.source import TweetSource

REPOST_OF = "repost_of"
"""Warning, with an id: text and media are those of another post, time and counters are the repost's own."""
QUOTED_GONE = "quoted_unavailable"
"""Warning, with an error code: X does not show the quoted post."""
ORIGINAL_GONE = "original_unavailable"
"""Warning, with an error code: X does not show the post that this one reposts."""
ADVERT = "promoted"
"""Warning: the place of this post in the list is an advertisement."""
TEXT_CUT = "text_cut"
"""Warning: the answer has only the start of the text."""
_CUT = "…"
_ODD_LIMIT = 20


def parse_raw(raw: RawPost) -> Post:
    """Turn *raw* into a Post; raise SeedError if X does not show it."""
    if raw.shape is TwitterFormat.GONE:
        raise judge_gone(raw.data)
    source = TweetSource(Fields(raw.data, raw.at), LAYOUTS[raw.shape])
    if source.layout.body:
        dig(raw.data, source.layout.body, dict, raw.at)
    post_id = source.id
    reposted, warnings = _find_nested(source, source.layout.reposted, ORIGINAL_GONE)
    main = reposted or source
    quoted, more = _find_nested(main, main.layout.quoted, QUOTED_GONE)
    card = read_card(main.fields)
    own = main.media(card) or read_media(source.fields, source.layout.media)
    text = _read_text(source, reposted)
    if not own:
        refuse_withheld(main.fields, main.layout, text)
    check(main.fields, own, (*main.layout.media, *PLACES))
    shown = _number(main, own, quoted)
    kind = kind_of(own) or (Kind.LIVE if card.is_live else None) or kind_of(shown) or Kind.TEXT
    loader = PostLoader(platform="twitter", kind=kind, id=post_id, text=text, title=read_title(main.fields))
    _add_sources(loader, source, main, quoted)
    loader.add_value("cover", _choose_cover(kind, own, shown, card))
    loader.add_value("media", [one.medium for one in shown])
    warnings += [*more, *_warn(source, reposted), *card.warnings, *warn(shown)]
    loader.add_value("warnings", [*warnings, *(f"odd_field:{path}" for path in source.fields.odd[:_ODD_LIMIT])])
    return loader.load_item()


def _find_nested(source: TweetSource, paths: tuple[str, ...], gone: str) -> tuple[TweetSource | None, list[str]]:
    """Return the post within *source* at the first of *paths*, or the warning *gone* if X does not show it."""
    child = source.fields.child(*paths)
    raw = unwrap(LOOK, child.raw, child.at) if child else None
    if raw is None:
        return None, []
    if raw.shape is TwitterFormat.GONE:
        return None, [f"{gone}:{judge_gone(raw.data).code}"]
    nested = TweetSource(Fields(raw.data, raw.at, source.fields.odd), LAYOUTS[raw.shape])
    try:
        return (nested if nested.id else None), []
    except PayloadError as error:
        source.fields.odd.append(error.path)
        return None, []


def _read_text(source: TweetSource, reposted: TweetSource | None) -> str | None:
    """Return the text. X cuts that of a repost, which adds only the name of the original author."""
    text = source.text
    if reposted is None or text is None or not text.endswith(_CUT) or not text.startswith("RT @"):
        return text
    whole = reposted.text
    return f"{text.partition(': ')[0]}: {whole}" if whole else text


def _number(main: TweetSource, own: Sequence[Shown], quoted: TweetSource | None) -> list[Shown]:
    """Return all media, those of the quoted post last."""
    shown: list[Shown] = []
    number(own, main.id, shown)
    if quoted is not None:
        number(quoted.media(read_card(quoted.fields)), quoted.id, shown)
    return shown


def _add_sources(loader: PostLoader, source: TweetSource, main: TweetSource, quoted: TweetSource | None) -> None:
    """Add the post's own values to *loader*, and those that only the reposted one has."""
    author = source.author()
    loader.add_value("author", author)
    loader.add_value("stats", source.stats())
    loader.add_value("created_at", source.created_at)
    name = author.handle if author.url is not None else "i"
    loader.add_value("url", f"https://x.com/{name}/status/{source.id}")
    for said in (source, main):
        loader.add_paths(said.fields, said.layout.post)
        loader.add_value("hashtags", list(said.hashtags()))
        loader.add_value("restrictions", read_restrictions(said.fields, said.layout))
    loader.add_value("quoted_id", quoted.id if quoted else None)


def _choose_cover(kind: Kind, own: Sequence[Shown], shown: Sequence[Shown], card: Card) -> Cover | None:
    """Return the still of the first medium of the post's own kind."""
    stills = [one.still for group in (own, shown) for one in group if kind_of([one]) is kind and one.still]
    return next(iter(stills), card.still)


def _warn(source: TweetSource, reposted: TweetSource | None) -> list[str]:
    """Return the warnings of the post that do not concern its media."""
    main = reposted or source
    warnings = [f"{REPOST_OF}:{reposted.id}"] if reposted else []
    warnings += [ADVERT] if PROMOTED in source.fields.raw else []
    warnings += [TEXT_CUT] if main.is_cut else []
    return [*warnings, BODY_LEFT_OUT] if main.fields.child(ARTICLE) else warnings

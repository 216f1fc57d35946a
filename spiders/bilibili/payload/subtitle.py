"""Convert Bilibili's subtitles, JSON of its own form, into SRT."""

from scraper.errors import MediaCause, MediaError, PayloadError
from scraper.posts.fields import Fields, read_float, read_text
from scraper.posts.scripts import load_object

_MS = 1000


def to_srt(text: str) -> str | None:
    """Return a subtitle as SRT, None if it is not JSON; raise MediaError for JSON without lines to show."""
    if not text.lstrip("\ufeff \r\n").startswith("{"):
        return None
    try:
        body = list(Fields(load_object(text)).children("body"))
    except PayloadError as error:
        raise MediaError(MediaCause.NOT_MEDIA, f"the subtitle cannot be read: {error}") from error
    timed = [(one.get(read_float, "from"), one.get(read_float, "to"), one.get(read_text, "content")) for one in body]
    shown = [(start, end, words) for start, end, words in timed if start is not None and end is not None and words]
    cues = [
        f"{number}\n{_clock(start)} --> {_clock(end)}\n{words}\n" for number, (start, end, words) in enumerate(shown, 1)
    ]
    if not cues:
        raise MediaError(MediaCause.NOT_MEDIA, "the subtitle has no line")
    return "\n".join(cues)


def _clock(seconds: float) -> str:
    whole, thousandths = divmod(round(seconds * _MS), _MS)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02},{thousandths:03}"

"""The text of an answer, whatever Scrapy took it for."""

from scrapy.http import Response, TextResponse


def text_of(response: Response) -> str:
    """Return the body as text; bytes that are none are replaced."""
    return response.text if isinstance(response, TextResponse) else response.body.decode("utf-8", "replace")

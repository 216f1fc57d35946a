"""Read the text of an answer, independent of Scrapy's response class."""

from scrapy.http import Response, TextResponse


def text_of(response: Response) -> str:
    """Return the body as text; undecodable bytes are replaced."""
    return response.text if isinstance(response, TextResponse) else response.body.decode("utf-8", "replace")

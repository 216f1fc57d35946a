from spiders.tiktok.payload.answer import parse_answer, parse_post
from spiders.tiktok.payload.outcome import is_firewall_page

__all__ = ["is_firewall_page", "parse_answer", "parse_post"]

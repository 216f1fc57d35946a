from spiders.tiktok.payload.answer import parse_answer, parse_post
from spiders.tiktok.payload.outcome import find_refusal, is_firewall_page

__all__ = ["find_refusal", "is_firewall_page", "parse_answer", "parse_post"]

"""What tests of tables, the summary and `scrapy forget` share."""

import asyncio
from pathlib import Path

from scraper.commands.forget import read_target
from scraper.exports.forget import ForgetPlan, find
from scraper.exports.options import ExportOptions
from scraper.media.storage.local import LocalStorage
from scraper.platform.registry import recogniser
from tests.support.sites import SITES

ALL = ExportOptions(tables=True, summary=True, report=True, guard=True)
SUMMARY = ["aigc_created_by_ai", "aigc_label_type", "api_code", "api_message", "author_account_region", "author_aweme_count", "author_commerce_user_level", "author_follower_count", "author_following_count", "author_nickname", "author_sec_uid", "author_uid", "author_unique_id", "author_verification_type", "aweme_id", "aweme_type", "cache_url", "collect_count", "comment_count", "commerce_info_min", "content_desc", "cover_url", "create_time_unix", "desc", "digg_count", "download_count", "forward_count", "hashtags", "is_ads", "music_author", "music_commercial_right_type", "music_id", "music_is_commerce_music", "music_is_original_sound", "music_title", "music_user_count", "parse_ok", "play_count", "play_url_sample", "request_id", "router", "share_count", "share_url", "source_file", "video_duration_ms", "video_has_watermark", "video_height", "video_ratio", "video_width", "whatsapp_share_count"]


def look_for(folder: Path, target: str) -> ForgetPlan:
    return asyncio.run(find(folder, LocalStorage(folder), read_target(target, SITES), recogniser(SITES.values())))

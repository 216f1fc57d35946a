"""X's GraphQL for guests: URLs and queries, as data. Pure."""

import json
import re
from urllib.parse import urlencode

BEARER = "AAAAAAAAAAAAAAAAAAAAANRILgAAAAAAnNwIzUejRCOuH5E6I8xnZz4puTs%3D1Zv7ttfk8LF81IUq16cHjhLTvJu4FA33AGWWjCpTnA"
"""The public web client's token, the same for all users."""
ACTIVATE = "https://api.x.com/1.1/guest/activate.json"
_QUERY = "https://api.x.com/graphql/2ICDjqPd81tulZcYrtpTuQ/TweetResultByRestId"
_FEATURES = {
    "articles_preview_enabled": True,
    "c9s_tweet_anatomy_moderator_badge_enabled": True,
    "communities_web_enable_tweet_community_results_fetch": True,
    "creator_subscriptions_quote_tweet_preview_enabled": False,
    "creator_subscriptions_tweet_preview_api_enabled": True,
    "freedom_of_speech_not_reach_fetch_enabled": True,
    "graphql_is_translatable_rweb_tweet_is_translatable_enabled": True,
    "longform_notetweets_consumption_enabled": True,
    "longform_notetweets_inline_media_enabled": True,
    "longform_notetweets_rich_text_read_enabled": True,
    "responsive_web_edit_tweet_api_enabled": True,
    "responsive_web_enhance_cards_enabled": False,
    "responsive_web_graphql_exclude_directive_enabled": True,
    "responsive_web_graphql_skip_user_profile_image_extensions_enabled": False,
    "responsive_web_graphql_timeline_navigation_enabled": True,
    "responsive_web_media_download_video_enabled": False,
    "responsive_web_twitter_article_tweet_consumption_enabled": True,
    "rweb_tipjar_consumption_enabled": True,
    "rweb_video_timestamps_enabled": True,
    "standardized_nudges_misinfo": True,
    "tweet_awards_web_tipping_enabled": False,
    "tweet_with_visibility_results_prefer_gql_limited_actions_policy_enabled": True,
    "tweetypie_unmention_optimization_enabled": True,
    "verified_phone_label_enabled": False,
    "view_counts_everywhere_api_enabled": True,
}
_MISSING = re.compile(r"features cannot be null: ([\w, ]{1,2000})", re.ASCII)


def post_url(post_id: str, learned: tuple[str, ...] = ()) -> str:
    """Return the URL of the answer about *post_id*; *learned* are features that the server has demanded."""
    parameters = {
        "variables": {
            "tweetId": post_id,
            "withCommunity": False,
            "includePromotedContent": False,
            "withVoice": False,
        },
        "features": _FEATURES | dict.fromkeys(learned, False),
        "fieldToggles": {"withArticleRichContentState": False},
    }
    return (
        f"{_QUERY}?{urlencode({name: json.dumps(value, separators=(',', ':')) for name, value in parameters.items()})}"
    )


def missing_features(text: str) -> tuple[str, ...]:
    """Return the features that an answer names as missing in the query."""
    found = _MISSING.search(text)
    return tuple(dict.fromkeys(name.strip() for name in found[1].split(",") if name.strip())) if found else ()

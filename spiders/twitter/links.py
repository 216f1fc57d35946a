"""Twitter/X's URL forms (docs/platforms.md)."""

from scraper.links.pattern import UNWRAP, LinkPattern

ONION = "twitter3e4tixl4xyajtrzo62zg5vztmjuricljdp2c5kshju4avyoid.onion"
_WEB = tuple(sub + domain for domain in ("x.com", "twitter.com", ONION) for sub in ("", "www.", "m.", "mobile."))
_EMBED = ("platform.twitter.com", "platform.x.com")
_PUBLISH = ("publish.twitter.com", "publish.x.com")
# Other sites that show posts under the same paths; their links are rewritten to x.com, and no request goes to them.
_MIRRORS = tuple(
    sub + domain
    for domain in ("fxtwitter.com", "fixupx.com", "twittpr.com", "vxtwitter.com", "fixvx.com", "pxtwitter.com", "girlcockx.com", "stupidpenisx.com", "nitter.net", "xcancel.com")
    for sub in ("", "www.", "d.", "dl.", "g.", "t.", "i.", "c.", "m.", "api.")
)  # fmt: skip

_USER = r"/@?(?P<user>\w{1,50})"
_STATUS = r"status(?:es)?/(?P<id>[1-9]\d{0,18})"
_ANY = r"/(?:i/web/|[^/?]{1,100}/)?"  # the server ignores the name
_MORE = r"mediaViewer|mediaviewer|retweets(?:/with_comments)?|reposts|likes|quotes|hidden|analytics|history|engagements?|people|communitynotes"
_MEDIUM = r"/(?P<form>photo|video)/(?P<part>\d{1,2})(?:/large)?"
_TAIL = rf"(?:{_MEDIUM}|/(?:{_MORE}))?/?"
_FILE = r"(?:\.(?:mp4|jpe?g|png|gif|webp|txt|json))?"
_DIRECT = r"(?:/(?:dir|dl|en|i))?"
_TABS = r"media|likes|with_replies|highlights|articles|superfollows|followers|following|verified_followers|followers_you_follow|creator-subscriptions/subscriptions|about|photo|header_photo|lists|moments|communities|topics"
_NOT_A_USER = r"(?!(?:i|home|explore|search|search-advanced|hashtag|hashtags|intent|share|settings|login|logout|signup|account|about|tos|privacy|rules|compose|messages|notifications|jobs|download|oauth|safety|status|statuses|widgets|personalization|who_to_follow|following|followers|logged_out|welcome|sessions|tweetbutton|goodies)(?:[/?&]|\Z))"

_HOME = "https://x.com"
_POST = f"{_HOME}/{{user}}/status/{{id}}"
_POST_OF_I = f"{_HOME}/i/status/{{id}}"
_PART = "/{form}/{part}"
_PHOTO = "https://pbs.twimg.com/media/{id}?format={format}&name=orig"
_KEY = r"/media/(?P<id>[\w\-]{5,60})"
_FORMAT = r"(?P<format>jpg|jpeg|png|webp)"

LINKS = (
    LinkPattern("post", _WEB, rf"{_USER}/{_STATUS}{_TAIL}", _POST, part=_PART),
    LinkPattern("post", _WEB, rf"{_ANY}{_STATUS}{_TAIL}", _POST_OF_I, part=_PART),
    LinkPattern("post", _MIRRORS, rf"{_DIRECT}{_USER}/{_STATUS}{_FILE}(?:{_MEDIUM}{_FILE}|/(?!\d)[\w\-]{{2,20}})?/?", _POST, part=_PART),
    LinkPattern("post", _MIRRORS, rf"{_DIRECT}{_USER}/{_STATUS}/(?P<part>\d{{1,2}})/?", _POST, part="/photo/{part}"),
    LinkPattern("post", _MIRRORS, rf"{_ANY}{_STATUS}{_FILE}(?:{_MEDIUM})?/?", _POST_OF_I, part=_PART),
    LinkPattern("post", _EMBED, r"/embed/(?:[Tt]weet|index)\.html", _POST_OF_I, r"id=(?P<id>[1-9]\d{0,18})"),
    LinkPattern("post", ("cdn.syndication.twimg.com",), r"/tweet-result", _POST_OF_I, r"id=(?P<id>[1-9]\d{0,18})"),
    LinkPattern("post", _WEB, r"/i/bookmarks(?:/[^?]*)?", _POST_OF_I, r"post_id=(?P<id>[1-9]\d{0,18})"),
    LinkPattern("post", _WEB, r"/intent/\w+/?", _POST_OF_I, r"(?:tweet_id|in_reply_to)=(?P<id>[1-9]\d{0,18})"),
    LinkPattern("photo", ("pbs.twimg.com",), rf"{_KEY}\.{_FORMAT}(?::\w+)?", _PHOTO),
    LinkPattern("photo", ("pbs.twimg.com",), _KEY, _PHOTO, rf"format={_FORMAT}"),
    LinkPattern("photo", ("pbs.twimg.com",), rf"{_KEY}(?::\w+)?", _PHOTO.replace("{format}", "jpg")),
    LinkPattern("video", ("amp.twimg.com",), r"/v/(?P<id>[0-9a-f\-]{36})/?", "https://amp.twimg.com/v/{id}"),
    LinkPattern("card", _WEB, r"/i/(?:cards/tfw/v1|videos(?:/tweet)?)/(?P<id>[1-9]\d{0,18})/?", f"{_HOME}/i/cards/tfw/v1/{{id}}"),
    LinkPattern("broadcast", _WEB, r"/i/(?P<form>broadcasts|events)/(?P<id>\w{1,40})/?", f"{_HOME}/i/{{form}}/{{id}}"),
    LinkPattern("space", _WEB, r"/i/spaces/(?P<id>[0-9A-Za-z]{13})(?:/peek)?/?", f"{_HOME}/i/spaces/{{id}}"),
    LinkPattern("article", _WEB, rf"{_USER}/article/(?P<id>[1-9]\d{{0,18}})(?:/[^?]*)?", f"{_HOME}/{{user}}/article/{{id}}"),
    LinkPattern("user", _WEB, r"/i/user/(?P<id>[1-9]\d{0,18})/?", f"{_HOME}/i/user/{{id}}"),
    LinkPattern("user", _WEB, r"/intent/(?:user|follow)/?", f"{_HOME}/i/user/{{id}}", r"user_id=(?P<id>[1-9]\d{0,18})"),
    LinkPattern("user", _WEB, r"/intent/(?:user|follow)/?", f"{_HOME}/{{id}}", rf"screen_name=@?{_NOT_A_USER}(?P<id>\w{{1,20}})"),
    LinkPattern("list", _WEB, r"/i/(?P<form>lists|communities|topics|moments|trending)/(?P<id>[1-9]\d{0,18})(?:/[^?]*)?", f"{_HOME}/i/{{form}}/{{id}}"),
    LinkPattern("list", _WEB, r"/(?P<id>(?!i/)\w{1,20}/lists/[\w\-]{1,60})(?:/[^?]*)?", f"{_HOME}/{{id}}"),
    LinkPattern("list", _WEB, r"/(?P<id>home)/?", f"{_HOME}/{{id}}"),
    LinkPattern("list", _WEB, r"/i/(?P<id>bookmarks)(?:/all)?/?", f"{_HOME}/i/{{id}}"),
    LinkPattern("search", _WEB, r"/search(?:-advanced)?/?", f"{_HOME}/search?q={{id}}", r"q=(?P<id>[^&]{1,600})"),
    LinkPattern("tag", _WEB, r"/hashtag/(?P<id>[^/?\s]{1,200})/?", f"{_HOME}/hashtag/{{id}}"),
    LinkPattern(UNWRAP, _WEB, r"/safety/unsafe_link_warning/?", "{id}", r"unsafe_link=(?P<id>[^&]+)"),
    LinkPattern(UNWRAP, _WEB, r"/i/redirect/?", "{id}", r"url=(?P<id>[^&]+)"),
    LinkPattern(UNWRAP, _WEB, r"/(?:i/flow/)?login/?", f"{_HOME}{{id}}", r"redirect_after_login=(?P<id>(?:%2F|/)[^&]+)"),
    LinkPattern(UNWRAP, _PUBLISH, r"/(?:oembed)?", "{id}", r"(?:url|query)=(?P<id>[^&]+)"),
    LinkPattern("user", _WEB, rf"/{_NOT_A_USER}@?(?P<id>\w{{1,20}})(?:/(?:{_TABS}))?/?", f"{_HOME}/{{id}}"),
    LinkPattern("short", ("t.co", "pic.twitter.com", "pic.x.com"), r"/(?P<id>[A-Za-z0-9]{4,32})/?", "https://t.co/{id}"),
)  # fmt: skip

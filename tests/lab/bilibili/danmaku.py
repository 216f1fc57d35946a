"""comment.bilibili.com: the comments that fly over a video, compressed."""

import re
import zlib

from tests.lab.messages import Ask, Reply, page

_FILE = re.compile(r"/(\d+)\.xml")
_LINES = ("测试卡来了", "彩条好看", "打卡")


def danmaku(ask: Ask) -> Reply:
    """Answer one request."""
    found = _FILE.fullmatch(ask.path)
    if found is None:
        return page("", 404, "no such file")
    lines = "".join(f'<d p="{n}.5,1,25,16777215,1754474400,0,1ab{n},{n}">{text}</d>' for n, text in enumerate(_LINES))
    text = f'<?xml version="1.0" encoding="UTF-8"?><i><chatid>{found[1]}</chatid><maxlimit>100</maxlimit>{lines}</i>'
    packer = zlib.compressobj(wbits=-15)
    body = packer.compress(text.encode()) + packer.flush()
    return Reply(headers=[("Content-Type", "text/xml"), ("Content-Encoding", "deflate")], body=body)

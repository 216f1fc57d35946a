"""The page's own script: the guest's cookies, the hooks that sign, the detail of an opened post."""

from tests.lab.douyin.signing import SIGN
from tests.lab.visitors import AGAIN, SOLVE

API = "/aweme/v1/web/"
DETAIL = f"{API}aweme/detail/"
_GUEST = (
    "const letters='0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',"
    "id=()=>{const o=[...Array(36)].map(()=>letters[Math.random()*62|0]);"
    "for(const n of[8,13,18,23])o[n]='_';o[14]='4';return'verify_'+Date.now().toString(36)+'_'+o.join('')},"
    "ready=(async()=>{const token=await solve(document.documentElement.dataset.seed);"
    "if(!jar('s_v_web_id'))document.cookie='s_v_web_id='+id()+';path=/;max-age=5184000;secure';"
    "document.cookie='msToken='+token+';path=/;domain=.douyin.com;max-age=864000;secure'})().catch(()=>0);"
)
_HOOKS = (
    f"const mine=u=>u.host==='www.douyin.com'&&u.pathname.startsWith('{API}'),send=window.fetch,"
    "open=XMLHttpRequest.prototype.open;"
    "window.fetch=async(input,init)=>{const is=input instanceof Request,u=new URL(is?input.url:input,location.href);"
    "if(!mine(u))return send.call(window,input,init);await ready;sign(u);"
    "return send.call(window,is?new Request(u,input):u.href,init)};"
    "XMLHttpRequest.prototype.open=function(method,url,...rest){const u=new URL(url,location.href);"
    "if(mine(u)){sign(u);url=u.href}return open.call(this,method,url,...rest)};"
)
_POST = (
    "const post=(location.pathname.match(/^\\/(?:video|note|slides|gallery)\\/(\\d+)/)||[])[1]"
    "||new URLSearchParams(location.search).get('modal_id');"
    f"if(post)addEventListener('DOMContentLoaded',()=>window.fetch('{DETAIL}?device_platform=webapp&aid=6383"
    "&channel=channel_pc_web&aweme_id='+post+'&update_version_code=170400&pc_client_type=1&version_code=190500"
    "&version_name=19.5.0&cookie_enabled=true&platform=PC&browser_language='+navigator.language)"
    ".then(r=>r.json()).then(r=>{document.title=r.aweme_detail.desc+' - 抖音'}).catch(()=>0));"
)
SCRIPT = f"(()=>{{{SIGN}{SOLVE}{_GUEST}{_HOOKS}{_POST}}})()"
SIGNING = f"document.cookie='__ac_signature=_02B4Z6wo00f01'+Date.now().toString(36)+';path=/';{AGAIN}"
"""Script of the page that only makes the client sign, and come back."""

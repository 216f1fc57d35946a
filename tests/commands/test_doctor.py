"""``scrapy doctor``: every check and every stage is made to fail once, and what it says is read."""

import json
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import trustme

from scraper.doctor import machine, network
from scraper.doctor.diagnosis import Check, CheckStatus, Culprit, blame, judge_skew
from scraper.doctor.report import hide
from scraper.errors import (
    BrowserMissingError,
    Cause,
    ErrorCode,
    MediaCause,
    MediaError,
    PayloadError,
    ScraperError,
    SeedError,
)
from scraper.fetch.network.options import NetworkOptions
from tests.lab.process import LabProcess
from tests.support.crawling import scrapy, small_browser
from tests.support.ports import closed_port

StartLab = Callable[..., LabProcess]
GOOD = {
    "tiktok": "https://www.tiktok.com/@lab.video_square/video/7520666970962987367",
    "douyin": "https://www.douyin.com/video/7527274894078099601",
    "bilibili": "https://www.bilibili.com/video/BV1BbioYbE3V",
}
STAGES = ["link", "session", "page", "payload", "cdn"]


def doctor(folder: Path, *args: str, **settings: str | int) -> tuple[int, list[dict[str, Any]], str]:
    """Return exit code, checks and the raw text."""
    given = {"OUTPUT_DIR": folder / "out", "SESSION_DIR": folder / "sessions", "COOKIES_DIR": folder / "config", "BROWSER_EXECUTABLE": small_browser(), **settings}
    options = [option for name, value in given.items() for option in ("-s", f"{name}={value}")]
    done = scrapy("doctor", "--json", *args, *options, home=folder)
    assert "Traceback" not in done.stderr, done.stderr
    report = json.loads(done.stdout)
    assert report["ok"] is (done.returncode == 0)
    return done.returncode, report["checks"], done.stdout + done.stderr


def canaries(lab: LabProcess, **links: str) -> list[str]:
    own = {**GOOD, "twitter": lab.url("lab_photo")}
    return [word for name, url in {**own, **links}.items() for word in ("--canary", f"{name}={url}")]


def stages(checks: list[dict[str, Any]], platform: str) -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in checks if check["platform"] == platform and check["name"] in STAGES}


def failure(checks: list[dict[str, Any]], platform: str) -> tuple[str, str, str]:
    """Return stage, culprit and words of the failure; every stage before it is well, none comes behind."""
    found = list(stages(checks, platform).values())
    assert [check["name"] for check in found] == STAGES[: len(found)]
    assert [check["status"] for check in found[:-1]] == ["ok"] * (len(found) - 1)
    last = found[-1]
    assert last["status"] == "fail", last
    assert last["advice"]
    return last["name"], last["culprit"], last["says"]


def test_a_machine_that_is_well_says_so_for_every_stage(lab: LabProcess, clean_lab: None, tmp_path: Path) -> None:
    code, checks, text = doctor(tmp_path, *canaries(lab), PROXY=lab.proxy.replace("//", "//me:hush-hush@"), CA_FILE=lab.ca_file)
    assert code == 0, text
    assert {check["name"] for check in checks if check["platform"] is None} >= {
        "versions", "browser", "OUTPUT_DIR", "SESSION_DIR", "COOKIES_DIR", "disk", "robots.txt", "proxy", "clock",
    }  # fmt: skip
    for platform in ("tiktok", "douyin", "bilibili", "twitter"):
        assert list(stages(checks, platform)) == STAGES
    tls = {check["platform"]: check for check in checks if check["name"] == "tls"}
    assert "the chain holds CA_FILE's authority" in tls["tiktok"]["says"]
    secrets = {value for pairs in lab.given().values() for _, value in pairs if len(value) >= 8}
    for secret in (*secrets, "hush-hush", str(tmp_path), "signature="):
        assert secret not in text
    assert not (tmp_path / "out").exists()
    # what it minted is there for the next crawl, and the next look
    again = scrapy("doctor", "--offline", "-s", f"SESSION_DIR={tmp_path}/sessions", "-s", f"OUTPUT_DIR={tmp_path}/out")
    assert "tiktok sessions" in again.stdout
    assert "1 on disk: active, 0.0 h old" in again.stdout
    assert again.returncode == 0


def test_each_platform_fails_at_another_stage(start_lab: StartLab, tmp_path: Path) -> None:
    lab = start_lab(
        "--fault", "html:www.tiktok.com/$", "--fault", "empty:aweme/v1/web/aweme/detail", "--fault", "status-403:bilivideo|akamaized",
    )  # fmt: skip
    args = canaries(lab, twitter="https://example.org/nothing")
    code, checks, text = doctor(tmp_path, *args, PROXY=lab.proxy, CA_FILE=lab.ca_file, MINT_TIMEOUT=2)
    assert code == 1
    stage, culprit, says = failure(checks, "tiktok")
    assert (stage, culprit) == ("session", "cookie"), text
    assert "did not set the guest cookies ttwid" in says
    stage, culprit, says = failure(checks, "douyin")
    assert (stage, culprit) == ("page", "signature")
    assert "page: empty answer" in says
    stage, culprit, says = failure(checks, "bilibili")
    assert (stage, culprit) == ("cdn", "ip")
    assert "the server answered 403" in says
    stage, culprit, says = failure(checks, "twitter")
    assert (stage, culprit) == ("link", "setting")
    assert "https://example.org/nothing is no link of a post" in says


def test_the_same_stages_fail_for_other_reasons(start_lab: StartLab, tmp_path: Path) -> None:
    lab = start_lab(
        "--fault", "firewall:lab.video_square", "--fault", "drift:aweme/v1/web/aweme/detail", "--fault", "status-503:bilibili.com/video",
        "--fault", "status-429:cdn.syndication",
    )  # fmt: skip
    code, checks, _ = doctor(tmp_path, *canaries(lab), PROXY=lab.proxy, CA_FILE=lab.ca_file)
    assert code == 1
    stage, culprit, says = failure(checks, "tiktok")
    assert (stage, culprit) == ("page", "cookie")
    assert "page: firewall page" in says
    stage, culprit, says = failure(checks, "douyin")
    assert (stage, culprit) == ("payload", "platform_changed")
    assert "the answer has no aweme_" in says
    stage, culprit, says = failure(checks, "bilibili")
    assert (stage, culprit) == ("page", "platform")
    stage, culprit, says = failure(checks, "twitter")
    assert (stage, culprit) == ("page", "limit")


def test_without_the_authority_it_is_tls_and_without_the_proxy_it_is_the_proxy(lab: LabProcess, tmp_path: Path) -> None:
    code, checks, _ = doctor(tmp_path, "twitter", *canaries(lab)[-2:], PROXY=lab.proxy)
    (tls,) = [check for check in checks if check["name"] == "tls"]
    assert (code, tls["status"], tls["culprit"]) == (1, "fail", "tls")
    assert "x.com: the certificate is not trusted" in tls["says"]
    assert failure(checks, "twitter")[:2] == ("page", "tls")
    dead = f"http://me:hush-hush@127.0.0.1:{closed_port()}"
    code, checks, text = doctor(tmp_path, "twitter", *canaries(lab)[-2:], PROXY=dead, CA_FILE=lab.ca_file)
    (proxy,) = [check for check in checks if check["name"] == "proxy"]
    assert (code, proxy["status"], proxy["culprit"]) == (1, "fail", "proxy")
    assert failure(checks, "twitter")[:2] == ("page", "proxy")
    assert "hush-hush" not in text


def test_each_part_of_the_machine_fails_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "sessions").mkdir()
    (tmp_path / "sessions/tiktok-guest.json").write_text("{}")
    (tmp_path / "sessions/tiktok-guest.json").chmod(0o644)
    config = tmp_path / "config/bilibili/config.yaml"
    config.parent.mkdir(parents=True)
    config.write_text("TokenManager: {bilibili: {headers: {Cookie: 'SESSDATA=; a=b'}}}")
    config.chmod(0o600)
    code, checks, _ = doctor(
        tmp_path, "--offline", OUTPUT_DIR=str(tmp_path / "file/out"), BROWSER_EXECUTABLE="/nowhere/chrome", MIN_FREE=10**17
    )
    assert code == 1
    failed = {check["name"]: check for check in checks if check["status"] == "fail"}
    assert set(failed) == {"browser", "OUTPUT_DIR", "disk", "sessions"}
    assert failed["browser"]["culprit"] == "browser"
    assert "no program at" in failed["browser"]["says"]
    assert "~/file is no folder" in failed["OUTPUT_DIR"]["says"]
    assert "can be read by others (mode 0644)" in failed["sessions"]["says"]
    assert failed["sessions"]["advice"].startswith("type `chmod 600 ~/sessions/tiktok-guest.json`")
    (warned,) = [check for check in checks if check["status"] == "warn"]
    assert warned["says"].startswith("bilibili: SESSDATA is empty")
    assert "scrapy cookies set bilibili" in warned["advice"]


@pytest.mark.parametrize(
    ("args", "words"),
    [(["nosuch"], "expected some of bilibili"), (["--canary", "tiktok"], "--canary: expected PLATFORM=URL"), (["-s", "PROXY=ftp://x"], "PROXY: expected")],
)
def test_wrong_use_is_one_line(args: list[str], words: str) -> None:
    done = scrapy("doctor", *args)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def challenge(words: str, cause: Cause | None = None) -> SeedError:
    return SeedError(ErrorCode.CHALLENGE, raw_message=words, cause=cause)


@pytest.mark.parametrize(
    ("error", "signs", "culprit"),
    [
        (challenge("refused 1 times (page: captcha)", Cause.CAPTCHA), False, Culprit.COOKIE),
        (challenge("refused 1 times (page: empty answer)", Cause.SIGNATURE), True, Culprit.SIGNATURE),
        (challenge("refused 1 times (page: empty answer)", Cause.SIGNATURE), False, Culprit.COOKIE),
        (challenge("refused 1 times (page: status 412)", Cause.ADDRESS), False, Culprit.IP),
        (challenge("the answer did not set tt_chain_token"), False, Culprit.COOKIE),
        (SeedError(ErrorCode.REMOVED), False, Culprit.POST),
        (SeedError(ErrorCode.PRIVATE), False, Culprit.POST),
        (SeedError(ErrorCode.GEO_BLOCKED), False, Culprit.IP),
        (SeedError(ErrorCode.RATE_LIMITED), False, Culprit.LIMIT),
        (SeedError(ErrorCode.TIMEOUT, raw_message="its name cannot be resolved: no internet", cause=Cause.NAME), False, Culprit.NETWORK),
        (SeedError(ErrorCode.TIMEOUT, raw_message="its certificate is not trusted", cause=Cause.CERTIFICATE), False, Culprit.TLS),
        (SeedError(ErrorCode.TIMEOUT, raw_code="503", raw_message="status 503", cause=Cause.SERVER), False, Culprit.PLATFORM),
        (PayloadError("a.b", "expected dict, got nothing"), False, Culprit.PLATFORM_CHANGED),
        (MediaError(MediaCause.FORBIDDEN, "403"), False, Culprit.IP),
        (MediaError(MediaCause.EXPIRED_URL, "expired"), False, Culprit.CLOCK),
        (MediaError(MediaCause.GONE, "404"), False, Culprit.POST),
        (BrowserMissingError("no Chromium or Chrome found"), False, Culprit.BROWSER),
    ],
    ids=str,
)
def test_who_is_at_fault(error: ScraperError, signs: bool, culprit: Culprit) -> None:
    assert blame(error, signs=signs) is culprit


def test_a_clock_that_is_wrong_is_told_with_its_direction() -> None:
    assert judge_skew(3).status is CheckStatus.OK
    late, early = judge_skew(-3600), judge_skew(120)
    assert (late.status, late.culprit, early.status) == (CheckStatus.FAIL, Culprit.CLOCK, CheckStatus.FAIL)
    assert "3600 s behind" in late.says
    assert "120 s ahead of" in early.says


def test_versions_that_do_not_fit_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine._versions().status is CheckStatus.OK
    known: Mapping[str, str] = {"scrapy": "2.13.0"}
    monkeypatch.setattr(machine, "_version", lambda name: known.get(name, "0.0.48"))
    check = machine._versions()
    assert (check.status, check.advice) == (CheckStatus.FAIL, "install what requirements.txt locks: make setup")


def test_a_chain_without_the_authority_is_refused_by_chromium_alone(tmp_path: Path) -> None:
    authority, other = trustme.CA(), trustme.CA()
    leaf = authority.issue_cert("www.tiktok.com").cert_chain_pems[0].bytes().decode()
    session = SimpleNamespace(getpeercert=lambda binary_form: ssl.PEM_cert_to_DER_cert(leaf))
    results = {}
    for name, each in (("own", authority), ("other", other)):
        path = tmp_path / f"{name}.pem"
        each.cert_pem.write_to_path(str(path))
        results[name] = network._judge(session, "www.tiktok.com", NetworkOptions(proxy=None, ca_file=path))
    assert (results["own"].status, results["own"].culprit) == (CheckStatus.FAIL, Culprit.TLS)
    assert "does not send CA_FILE's authority" in results["own"].says
    assert results["other"].status is CheckStatus.OK


def test_what_is_shown_holds_no_query_no_user_and_no_home() -> None:
    shown = hide(Check(name="x", says=f"https://me:pw@cdn.example/v.mp4?sig=1 in {Path.home()}/x"))
    assert shown.says == "https://cdn.example/v.mp4 in ~/x"

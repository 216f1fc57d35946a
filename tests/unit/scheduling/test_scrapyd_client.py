"""What is asked of a Scrapyd: with whose name, and who does not answer as one."""

from pathlib import Path

import pytest

from scraper.errors import UsageError
from scraper.scheduling.scrapyd import RefusedError, Scrapyd, ScrapydError, read_credentials
from tests.support.scrapydpeer import PROJECT, Peer


def test_user_and_password_are_sent_and_never_shown(peer: Peer, tmp_path: Path) -> None:
    peer.login = "me:geheim"
    with pytest.raises(ScrapydError, match="wants another user and password: set SCRAPYD_USERNAME"):
        Scrapyd(peer.url, PROJECT).jobs()
    wrong = Scrapyd(peer.url, PROJECT, ("me", "falsch"))
    with pytest.raises(ScrapydError, match="correct SCRAPYD_USERNAME") as caught:
        wrong.jobs()
    assert "falsch" not in f"{caught.value}{wrong!r}"
    given = {"SCRAPYD_USERNAME": "me", "SCRAPYD_PASSWORD": "geheim"}
    Scrapyd(peer.url, PROJECT, read_credentials(peer.url, given)).jobs()
    with pytest.raises(UsageError, match="expected both, got one"):
        read_credentials(peer.url, {"SCRAPYD_USERNAME": "me"})
    path = tmp_path / ".netrc"
    assert read_credentials(peer.url, {"HOME": str(tmp_path)}) is None
    path.write_text("machine 127.0.0.1 login me password geheim\ndefault login other password nothing\n")
    path.chmod(0o644)
    with pytest.raises(UsageError, match=r"\.netrc: others can read it: type chmod 600"):
        read_credentials(peer.url, {"HOME": str(tmp_path)})
    path.chmod(0o600)
    assert read_credentials(peer.url, {"NETRC": str(path)}) == ("me", "geheim")
    assert read_credentials("http://elsewhere:6800", {"NETRC": str(path)}) is None
    path.write_text("geheim {")
    with pytest.raises(UsageError, match="cannot be read as a netrc file") as refused:
        read_credentials(peer.url, {"NETRC": str(path)})
    assert "geheim" not in str(refused.value)


def test_what_does_not_answer_as_scrapyd_does(peer: Peer) -> None:
    with pytest.raises(ScrapydError, match="answers 404 and not as Scrapyd does: correct url"):
        Scrapyd(f"{peer.url}/elsewhere", PROJECT).jobs()
    with pytest.raises(ScrapydError, match=r"does not answer \(.+\): start it, or correct url"):
        Scrapyd(peer.url.replace("http:", "https:"), PROJECT).jobs()
    with pytest.raises(RefusedError, match="Scrapyd: project 'none' not found"):
        Scrapyd(peer.url, "none").spiders()
    for peer.says in (b"[" * 100_000, b"[]", b"null", b'"ok"', b"9" * 5000, b"\xff"):
        with pytest.raises(ScrapydError, match="answers 200 and not as Scrapyd does: correct url"):
            Scrapyd(peer.url, PROJECT).jobs()

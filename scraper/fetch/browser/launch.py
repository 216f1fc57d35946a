"""The launch options of Chromium: executable, trusted certificates, proxy, no requests of its own."""

import base64
import hashlib
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scraper.errors import UsageError
from scraper.fetch.browser.locate import find_browser
from scraper.fetch.browser.options import BrowserOptions
from scraper.fetch.network.options import NetworkOptions

# Chromium itself, except the headless shell, calls accounts.google.com and update.googleapis.com (docs/decisions.md).
_NO_UDP = "--webrtc-ip-handling-policy=disable_non_proxied_udp"
"""WebRTC would bypass any proxy by UDP."""
_QUIET = (
    "--gaia-url=http://127.0.0.1:9",
    "--component-updater=url-source=http://127.0.0.1:9",
    "--disable-features=NetworkTimeServiceQuerying,OptimizationHints,MediaRouter,Translate",
    _NO_UDP,
)
# Those of Playwright's own options that change how a page runs.
_ALONE = (
    "--no-sandbox",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-service-autorun",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-back-forward-cache",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-field-trial-config",
    "--disable-hang-monitor",
    "--disable-ipc-flooding-protection",
    "--disable-popup-blocking",
    "--disable-prompt-on-repost",
    "--disable-renderer-backgrounding",
    "--disable-sync",
    "--enable-unsafe-swiftshader",
    "--force-color-profile=srgb",
    "--metrics-recording-only",
    "--password-store=basic",
    "--proxy-bypass-list=<-loopback>",
    "--use-mock-keychain",
)
_HEADLESS = (
    "--headless",
    "--hide-scrollbars",
    "--mute-audio",
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4",
)
_NOWHERE = "http://127.0.0.1:9"
"""A dead proxy for everything outside the sessions' contexts, which have the fence as their proxy."""


def launch_options(browser: BrowserOptions, network: NetworkOptions) -> dict[str, Any]:
    """Return the keyword arguments of Playwright's ``launch``; raise UsageError if there is no browser."""
    found = find_browser(browser.executable)
    args = [*_QUIET, *_trust(network)]
    return {"executable_path": found.path, "headless": browser.headless, "args": args, "proxy": {"server": _NOWHERE}}


def start_command(browser: BrowserOptions, network: NetworkOptions, profile: Path, port: int = 0) -> list[str]:
    """
    Return the command that starts a browser for BROWSER_CDP like the one that a crawl starts.

    It listens at *port* of the loopback; at 0 on a free one, which it writes into *profile*/DevToolsActivePort.
    """
    own = [f"--user-data-dir={profile}", f"--remote-debugging-port={port}", f"--proxy-server={_NOWHERE}"]
    shown = _HEADLESS if browser.headless else ()
    return [find_browser(browser.executable).path, *_ALONE, *shown, *own, *_QUIET, *_trust(network), "about:blank"]


def needed_arguments(network: NetworkOptions) -> list[str]:
    """Return the arguments that a browser elsewhere must have been started with: its contexts cannot add them later."""
    return [_NO_UDP, *_trust(network)]


def _trust(network: NetworkOptions) -> list[str]:
    """Return the argument for CA_FILE, which Chromium obeys only with a ``--user-data-dir``."""
    if network.ca_file is None:
        return []
    return [f"--ignore-certificate-errors-spki-list={','.join(spki_hashes(network.ca_file))}"]


def spki_hashes(ca_file: Path) -> list[str]:
    """Return the base64 SHA-256 of each public key in *ca_file*; they match only certificates that a server sends."""
    try:
        certificates = x509.load_pem_x509_certificates(ca_file.read_bytes())
    except ValueError as error:
        raise UsageError(f"CA_FILE: {ca_file} holds no PEM certificate: give the authority's certificate") from error
    return [spki_hash(certificate) for certificate in certificates]


def spki_hash(certificate: x509.Certificate) -> str:
    """Return the base64 SHA-256 of the public key of *certificate*."""
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(key).digest()).decode()

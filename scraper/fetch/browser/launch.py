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
_QUIET = (
    "--gaia-url=http://127.0.0.1:9",
    "--component-updater=url-source=http://127.0.0.1:9",
    "--disable-features=NetworkTimeServiceQuerying,OptimizationHints,MediaRouter,Translate",
    # WebRTC would bypass any proxy by UDP
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
)
_NOWHERE = "http://127.0.0.1:9"
"""A dead proxy for everything outside the sessions' contexts, which have the fence as their proxy."""


def launch_options(browser: BrowserOptions, network: NetworkOptions) -> dict[str, Any]:
    """Return the keyword arguments of Playwright's ``launch``; raise UsageError if there is no browser."""
    found = find_browser(browser.executable)
    args = list(_QUIET)
    if network.ca_file is not None:
        args.append(f"--ignore-certificate-errors-spki-list={','.join(spki_hashes(network.ca_file))}")
    return {"executable_path": found.path, "headless": browser.headless, "args": args, "proxy": {"server": _NOWHERE}}


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

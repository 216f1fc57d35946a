"""The lab's own certificate authority, made again for every run; labs that are forked from one process share it."""

import ssl
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import trustme


@cache
def authority() -> trustme.CA:
    """Return the authority of this process."""
    return trustme.CA(organization_name="Lab")


def make_context(hosts: Iterable[str], folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Return the server's TLS context for *hosts* and the file with the root; the root is sent too, for Chromium."""
    leaf = authority().issue_cert(*hosts)
    root = folder / "ca.pem"
    authority().cert_pem.write_to_path(root)
    chain = folder / "server.pem"
    leaf.private_key_and_cert_chain_pem.write_to_path(chain)
    authority().cert_pem.write_to_path(chain, append=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain)
    context.set_alpn_protocols(["http/1.1"])
    chain.unlink()
    return context, root

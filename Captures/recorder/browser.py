"""Chromium, headless, with a profile that knows nothing yet."""

import base64
import hashlib
import subprocess

from .lan import RESOLVER
from .servers import ZONE

# Not one packet that is not about the page: no updates, no reports, no look-ups of Google's names.
QUIET = (
    "--headless=new", "--no-sandbox", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
    "--disable-domain-reliability", "--disable-extensions", "--no-pings", f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE *.{ZONE}",
    "--disable-features=MediaRouter,OptimizationHints",
)


def key_hash(lan, certificate):
    """What --ignore-certificate-errors-spki-list calls a certificate: its public key's SHA-256."""
    text = lan.client.run("openssl", "x509", "-in", certificate, "-noout", "-pubkey").stdout
    der = base64.b64decode("".join(line for line in text.splitlines() if not line.startswith("-")))
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


def chromium(station, url, certificate, *options, seconds=25):
    """Loads one page and returns its document. The names come from the LAN's resolver, at every visit anew.

    Chromium takes a certificate of a private authority for TLS but not for QUIC, except for a host that it was told
    to force QUIC on. Naming another port of that host makes it accept the certificate and forces nothing."""
    lan = station.lan
    resolver = lan.directory / "browser-resolv.conf"
    resolver.write_text(f"nameserver {RESOLVER}\n")
    profile = lan.directory / "browser"
    host = url.partition("//")[2].partition("/")[0]
    words = ["env", f"HOME={profile}", "unshare", "--mount", "sh", "-c",
             'mount --bind "$0" /etc/resolv.conf && exec "$@"', resolver,
             "timeout", "--kill-after=5", seconds, "chromium", *QUIET, f"--user-data-dir={profile}",
             f"--ignore-certificate-errors-spki-list={key_hash(lan, certificate)}",
             *(options or [f"--origin-to-force-quic-on={host}:9"]), "--dump-dom", url]
    try:
        return station.run(*words, check=False, timeout=seconds + 10).stdout
    except subprocess.TimeoutExpired:
        return ""

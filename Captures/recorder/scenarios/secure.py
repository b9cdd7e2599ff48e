"""TLS over TCP: what succeeds, and each way in which it fails that can be read off the wire."""

from datetime import date, timedelta

from ..authority import certificate, issued, root
from ..gateways import answering, caddy3, envoy, http_listener, https_listener, tls_context
from ..lan import INTERNAL
from ..scenario import ARGOCD, GRAFANA, expect, scenario
from ..servers import ZONE, caddy

CURL_FAILED, CURL_UNTRUSTED = 35, 60


def fetch(lan, url, *options):
    """curl's exit status and the HTTP status. Certificates are believed only if `options` say so."""
    done = lan.client.run("curl", "--silent", "--noproxy", "*", "--output", "/dev/null", "--connect-to", f"::{INTERNAL}:",
                          "--max-time", 5, "--write-out", "%{http_code}", *options, url, check=False)
    return done.returncode, done.stdout


def handshake(lan, *options, name=GRAFANA):
    """OpenSSL's client, which ends when its standard input does. Tells whether it got a session and no alert."""
    done = lan.client.run("openssl", "s_client", "-connect", f"{INTERNAL}:443", "-servername", name, *options, check=False)
    return "Cipher is (NONE)" not in done.stdout and "alert" not in done.stderr


def gateway(lan, files=None, **certificate_options):
    """Envoy with TLS for grafana, as it comes, and for argocd from TLS 1.3 on; its certificate is self-signed if `files` are not given."""
    lan.node03.hold(INTERNAL)
    files = files or certificate(lan, **certificate_options)
    envoy(lan.node03, https_listener({GRAFANA: tls_context(files), ARGOCD: tls_context(files, minimum="TLSv1_3")}))
    lan.as_on_wire()
    return files


def go_gateway(lan):
    lan.node03.hold(INTERNAL)
    caddy3(lan.node03, certificate(lan), "h1 h2")
    lan.as_on_wire()


@scenario()
def tls13(lan):
    gateway(lan)
    yield
    expect(fetch(lan, f"https://{GRAFANA}", "--insecure") == (0, "200"), "a page")


@scenario()
def tls12(lan):
    gateway(lan, issued(lan))
    yield
    expect(fetch(lan, f"https://{GRAFANA}", "--cacert", root(lan), "--tls-max", "1.2") == (0, "200"), "a page")


@scenario()
def tls13_hello_retry(lan):
    """The client sends a key share for a group that the server does not take, and offers one that it does."""
    gateway(lan)
    yield
    expect(handshake(lan, "-groups", "P-521:P-256"), "a session")


@scenario()
def tls_version_refused(lan):
    gateway(lan)
    yield
    expect(fetch(lan, f"https://{ARGOCD}", "--insecure", "--tls-max", "1.2")[0] == CURL_FAILED, "no session with TLS 1.2")
    expect(fetch(lan, f"https://{ARGOCD}", "--insecure") == (0, "200"), "a page with TLS 1.3")


@scenario()
def tls12_alpn_refused(lan):
    go_gateway(lan)
    yield
    expect(not handshake(lan, "-tls1_2", "-alpn", "postgresql"), "no session with that ALPN")


@scenario()
def tls13_alpn_refused(lan):
    go_gateway(lan)
    yield
    expect(not handshake(lan, "-tls1_3", "-alpn", "postgresql"), "no session with that ALPN")


@scenario()
def tls13_alpn_refused_hidden(lan):
    """Debian's Caddy is built with an older Go, which refuses after its ServerHello, hence encrypted."""
    lan.node03.hold(INTERNAL)
    caddy(lan.node03, GRAFANA)
    lan.as_on_wire()
    yield
    expect(not handshake(lan, "-tls1_3", "-alpn", "postgresql"), "no session with that ALPN")


@scenario()
def tls_name_unserved(lan):
    """Envoy has no filter chain for the name: it resets, and says nothing."""
    gateway(lan)
    yield
    for _ in range(2):
        expect(fetch(lan, f"https://wiki.{ZONE}", "--insecure")[0] == CURL_FAILED, "no session for that name")
    expect(fetch(lan, f"https://{GRAFANA}", "--insecure") == (0, "200"), "a page for the other")


@scenario()
def tls_no_name(lan):
    """The VIP's address as URL: no server name, hence no filter chain."""
    gateway(lan)
    yield
    for _ in range(2):
        expect(fetch(lan, f"https://{INTERNAL}", "--insecure")[0] == CURL_FAILED, "no session without a name")
    expect(fetch(lan, f"https://{GRAFANA}", "--insecure") == (0, "200"), "a page with one")


@scenario()
def tls12_certificate_expired(lan):
    files = gateway(lan, at="2026-01-05 12:00:00")
    yield
    expect(fetch(lan, f"https://{GRAFANA}", "--cacert", files[0], "--tls-max", "1.2")[0] == CURL_UNTRUSTED, "an expired certificate")


@scenario()
def tls13_certificate_expired(lan):
    files = gateway(lan, at="2026-01-05 12:00:00")
    yield
    expect(fetch(lan, f"https://{GRAFANA}", "--cacert", files[0])[0] == CURL_UNTRUSTED, "an expired certificate")


@scenario()
def tls12_certificate_expiring(lan):
    """A certificate for ninety days, eighty of which are over."""
    files = gateway(lan, at=(date.today() - timedelta(days=80)).isoformat() + " 12:00:00")
    yield
    expect(fetch(lan, f"https://{GRAFANA}", "--cacert", files[0], "--tls-max", "1.2") == (0, "200"), "a page")


@scenario()
def tls12_certificate_untrusted(lan):
    gateway(lan)
    yield
    expect(fetch(lan, f"https://{GRAFANA}", "--tls-max", "1.2")[0] == CURL_UNTRUSTED, "a certificate of nobody")


@scenario()
def tls12_certificate_other_name(lan):
    files = gateway(lan, subject="*.example.net")
    yield
    expect(fetch(lan, f"https://{GRAFANA}", "--cacert", files[0], "--tls-max", "1.2")[0] == CURL_UNTRUSTED, "another's certificate")


@scenario()
def http_to_tls_envoy(lan):
    gateway(lan)
    yield
    expect(fetch(lan, f"http://{GRAFANA}:443")[1] == "000", "no answer in plain text")


@scenario()
def http_to_tls_caddy(lan):
    go_gateway(lan)
    yield
    expect(fetch(lan, f"http://{GRAFANA}:443")[1] == "400", "a refusal in plain text")


@scenario()
def tls_to_http(lan):
    lan.node03.hold(INTERNAL)
    envoy(lan.node03, http_listener({GRAFANA: answering()}))
    lan.as_on_wire()
    yield
    expect(fetch(lan, f"https://{GRAFANA}:80", "--insecure")[0] == CURL_FAILED, "no session")

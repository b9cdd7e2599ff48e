"""Gateways that speak HTTP/3: Envoy, Caddy, and aioquic where a server has to do what these do not."""

import json
from pathlib import Path

from .lan import INTERNAL
from .peers import peer
from .servers import ZONE, wait_for_port, write

PROGRAMS = Path(__file__).parent


# A page that asks on until an answer comes by HTTP/3: which carrier wins the race for the page itself is chance.
UNTIL_H3 = ('{http.request.proto}<script>for (i = 0; i < 9 && !document.body.innerText.includes("P/3"); i++) {'
            'x = new XMLHttpRequest(); x.open("GET", "/" + i, false); x.send(); document.body.append(x.responseText) }</script>')


def caddy3(station, files, protocols="h1 h2 h3"):
    """Caddy of the peers, which says in its page which protocol carried it."""
    data = station.lan.directory / f"caddy-{station.name}"
    configuration = write(station.lan, f"{data.name}.caddyfile", f"""
        {{
            admin off
            skip_install_trust
            auto_https disable_redirects
            storage file_system {data}
            servers {{
                protocols {protocols}
            }}
        }}
        https://*.{ZONE} {{
            tls {files[0]} {files[1]}
            header /until-h3 Content-Type text/html
            respond /until-h3 `{UNTIL_H3}`
            respond "{{http.request.proto}}"
        }}""")
    station.start("env", f"HOME={data}", peer("caddy"), "run", "--adapter", "caddyfile", "--config", configuration)
    wait_for_port(station, 443)
    if "h3" in protocols:
        wait_for_port(station, 443, "udp")


def answering(status=200, text="ok"):
    return {"direct_response": {"status": status, "body": {"inline_string": text}}}


def http_manager(routes, codec="AUTO", headers=()):
    """Envoy's HTTP filter: `routes` maps a host to what it gets."""
    hosts = [{"name": host, "domains": [host, f"{host}:*"], "routes": [{"match": {"prefix": "/"}, **action}]}
             for host, action in routes.items()]
    return {"name": "http", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "http", "codec_type": codec,
        **({"http3_protocol_options": {}} if codec == "HTTP3" else {}),
        "http_filters": [{"name": "router", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}],
        "route_config": {"virtual_hosts": hosts, "response_headers_to_add": [
            {"header": {"key": key, "value": value}} for key, value in headers]}}}


def tls_context(files, minimum=None, maximum=None, alpn=("h2", "http/1.1"), quic=False):
    """A transport socket. Envoy's own minimum is TLS 1.2."""
    versions = {"tls_minimum_protocol_version": minimum, "tls_maximum_protocol_version": maximum}
    common = {"alpn_protocols": list(alpn), "tls_params": {key: value for key, value in versions.items() if value},
              "tls_certificates": [{"certificate_chain": {"filename": str(files[0])},
                                    "private_key": {"filename": str(files[1])}}]}
    kind = "type.googleapis.com/envoy.extensions.transport_sockets."
    downstream = {"@type": f"{kind}tls.v3.DownstreamTlsContext", "common_tls_context": common}
    if quic:
        downstream = {"@type": f"{kind}quic.v3.QuicDownstreamTransport",
                      "downstream_tls_context": {"common_tls_context": common}}
    return {"name": "quic" if quic else "tls", "typed_config": downstream}


def address(port, protocol="TCP", host=INTERNAL):
    return {"socket_address": {"address": host, "port_value": port, "protocol": protocol}}


def http_listener(routes, headers=()):
    return {"name": "http", "address": address(80), "filter_chains": [{"filters": [http_manager(routes, headers=headers)]}]}


def https_listener(chains, port=443):
    """`chains` maps a server name to its transport socket; Envoy resets a connection for any other name."""
    inspector = "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"
    return {"name": f"https-{port}", "address": address(port),
            "listener_filters": [{"name": "inspector", "typed_config": {"@type": inspector}}],
            "filter_chains": [{"filter_chain_match": {"server_names": [name]}, "transport_socket": socket,
                               "filters": [http_manager({name: answering()})]} for name, socket in chains.items()]}


def quic_listener(name, files):
    return {"name": "quic", "address": address(443, "UDP"), "udp_listener_config": {"quic_options": {}},
            "filter_chains": [{"filter_chain_match": {"server_names": [name]},
                               "transport_socket": tls_context(files, alpn=["h3"], quic=True),
                               "filters": [http_manager({name: answering()}, codec="HTTP3")]}]}


def envoy(station, *listeners):
    """Envoy with these listeners, and an upstream "gone" whose port is closed."""
    gone = {"name": "gone", "type": "STATIC", "load_assignment": {"cluster_name": "gone", "endpoints": [
        {"lb_endpoints": [{"endpoint": {"address": address(9, host="127.0.0.1")}}]}]}}
    configuration = write(station.lan, f"envoy-{station.name}.json", json.dumps(
        {"static_resources": {"listeners": listeners, "clusters": [gone]}}))
    station.start(peer("envoy"), "--disable-hot-restart", "--concurrency", 1, "--log-level", "warning", "-c", configuration)
    for listener in listeners:
        where = listener["address"]["socket_address"]
        wait_for_port(station, where["port_value"], where["protocol"].lower())


def aioquic_server(station, files, *options, address=INTERNAL, port=443):
    station.start(peer("python3"), PROGRAMS / "quic_server.py", address, *files, "--port", port, *options)
    wait_for_port(station, port, "udp")


def aioquic_client(station, name, *options, address=INTERNAL):
    """One HTTP/3 request. Returns the client's last word: a status, or why there was none."""
    return station.run(peer("python3"), PROGRAMS / "quic_client.py", address, name, *options).stdout.strip()

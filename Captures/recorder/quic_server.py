"""An HTTP/3 server on UDP 443: quic_server.py ADDRESS CERTIFICATE KEY [--retry] [--versions HEX,...] [--alpn A] [--port N]

It is aioquic's, for what Envoy and Caddy do not do unasked: Retry, and answers from a socket that is bound to no address."""

import argparse
import asyncio

from aioquic.asyncio import QuicConnectionProtocol, serve
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ProtocolNegotiated


class Page(QuicConnectionProtocol):
    http = None

    def quic_event_received(self, event):
        if isinstance(event, ProtocolNegotiated) and event.alpn_protocol in H3_ALPN:
            self.http = H3Connection(self._quic)
        if self.http is None:
            return
        for done in self.http.handle_event(event):
            if isinstance(done, HeadersReceived):
                self.http.send_headers(done.stream_id, [(b":status", b"200"), (b"content-type", b"text/plain")])
                self.http.send_data(done.stream_id, b"HTTP/3.0", end_stream=True)
                self.transmit()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("certificate")
    parser.add_argument("key")
    parser.add_argument("--retry", action="store_true")
    parser.add_argument("--versions")
    parser.add_argument("--alpn")
    parser.add_argument("--port", type=int, default=443)
    words = parser.parse_args()
    configuration = QuicConfiguration(is_client=False, alpn_protocols=[words.alpn] if words.alpn else H3_ALPN)
    if words.versions:
        configuration.supported_versions = [int(version, 16) for version in words.versions.split(",")]
    configuration.load_cert_chain(words.certificate, words.key)
    await serve(words.address, words.port, configuration=configuration, create_protocol=Page, retry=words.retry)
    await asyncio.Future()


asyncio.run(main())

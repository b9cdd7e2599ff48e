"""One HTTP/3 request with aioquic: quic_client.py ADDRESS NAME [--alpn A] [--port P] [--versions HEX,...] [--first HEX] [--wait S]

--versions are those that the client speaks, --first the one that it begins with. It prints the response's status, or how
the connection ended."""

import argparse
import asyncio
import ssl

from aioquic.asyncio import QuicConnectionProtocol
from aioquic.h3.connection import H3Connection
from aioquic.h3.events import HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import ConnectionTerminated, HandshakeCompleted


class Request(QuicConnectionProtocol):
    http, name, result = None, None, None

    def quic_event_received(self, event):
        if isinstance(event, ConnectionTerminated) and not self.result.done():
            self.result.set_result(f"closed 0x{event.error_code:x}")
        if isinstance(event, HandshakeCompleted) and event.alpn_protocol != "h3" and not self.result.done():
            self.result.set_result("established")
        if isinstance(event, HandshakeCompleted) and event.alpn_protocol == "h3":
            self.http = H3Connection(self._quic)
            self.http.send_headers(self._quic.get_next_available_stream_id(), [
                (b":method", b"GET"), (b":scheme", b"https"), (b":authority", self.name.encode()), (b":path", b"/")], end_stream=True)
            self.transmit()
        for done in self.http.handle_event(event) if self.http else ():
            if isinstance(done, HeadersReceived) and not self.result.done():
                self.result.set_result(dict(done.headers)[b":status"].decode())


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("name")
    parser.add_argument("--alpn", default="h3")
    parser.add_argument("--port", type=int, default=443)
    parser.add_argument("--versions")
    parser.add_argument("--first")
    parser.add_argument("--wait", type=float, default=3)
    words = parser.parse_args()
    configuration = QuicConfiguration(alpn_protocols=[words.alpn], server_name=words.name, verify_mode=ssl.CERT_NONE)
    if words.versions:
        configuration.supported_versions = [int(version, 16) for version in words.versions.split(",")]
    if words.first:
        configuration.original_version = int(words.first, 16)
    loop = asyncio.get_running_loop()
    _, request = await loop.create_datagram_endpoint(
        lambda: Request(QuicConnection(configuration=configuration)), local_addr=("::" if ":" in words.address else "0.0.0.0", 0))
    request.name, request.result = words.name, loop.create_future()
    # aioquic compares whole socket addresses, and IPv6's have four parts.
    request.connect((words.address, words.port, 0, 0) if ":" in words.address else (words.address, words.port))
    try:
        print(await asyncio.wait_for(request.result, words.wait))
    except asyncio.TimeoutError:
        print("no answer")
    request.close()
    # The close and its acknowledgement belong to the recording; so does that nobody acknowledges it.
    await asyncio.sleep(0.3)


asyncio.run(main())

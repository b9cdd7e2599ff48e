package import Wire

/// A TCP connection as frames: the client's on their way to a station's MAC, the server's with the VIP as their source.
package struct Talk: Sendable {
    package var client = Host.client
    /// The MAC is the announcer's, the address the VIP's.
    package var server: Host
    package var sourcePort: UInt16 = 40_000
    package var port: UInt16 = 443
    package var isn: UInt32 = 1000
    package var serverISN: UInt32 = 9000
    package var vlan: [UInt16] = []

    package init(
        _ client: Host = .client, _ address: IPv4Address = theVIP, via station: Host = .node, port: UInt16 = 443,
        sourcePort: UInt16 = 40_000
    ) {
        self.client = client
        server = Host(station.mac.rawValue, address.description)
        self.port = port
        self.sourcePort = sourcePort
    }

    package func out(id: UInt16 = 0, ttl: UInt8 = 64) -> Datagram {
        var datagram = Datagram(client, server, id: id, ttl: ttl)
        datagram.vlan = vlan
        return datagram
    }

    package func back(id: UInt16 = 0, ttl: UInt8 = 63) -> Datagram {
        var datagram = Datagram(server, client, id: id, ttl: ttl)
        datagram.vlan = vlan
        return datagram
    }

    package func fromClient(_ flags: TCPHeader.Flags, sequence: UInt32? = nil, payload: [UInt8] = []) -> [UInt8] {
        tcp(sourcePort, port, flags, sequence: sequence ?? isn + 1, acknowledgment: flags.contains(.ack) ? serverISN + 1 : 0, payload)
    }

    package func fromServer(_ flags: TCPHeader.Flags, sequence: UInt32? = nil, payload: [UInt8] = []) -> [UInt8] {
        tcp(port, sourcePort, flags, sequence: sequence ?? serverISN + 1, acknowledgment: isn + 1, payload)
    }

    package var syn: [UInt8] { out().frame(6, fromClient(.syn, sequence: isn)) }
    package var synACK: [UInt8] { back().frame(6, fromServer([.syn, .ack], sequence: serverISN)) }
    package var ack: [UInt8] { out().frame(6, fromClient(.ack)) }
    package var refusal: [UInt8] { back().frame(6, fromServer([.rst, .ack], sequence: 0)) }
    package var reset: [UInt8] { back().frame(6, fromServer([.rst, .ack])) }
    package var clientReset: [UInt8] { out().frame(6, fromClient(.rst)) }
    package var fin: [UInt8] { out().frame(6, fromClient([.fin, .ack])) }
    package var serverFin: [UInt8] { back().frame(6, fromServer([.fin, .ack])) }

    package func data(_ count: Int) -> [UInt8] { out().frame(6, fromClient([.psh, .ack], payload: [UInt8](repeating: 7, count: count))) }
    package func serverData(_ count: Int) -> [UInt8] {
        back().frame(6, fromServer([.psh, .ack], payload: [UInt8](repeating: 8, count: count)))
    }
}

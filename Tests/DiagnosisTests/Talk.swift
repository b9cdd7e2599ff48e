import Wire

/// A TCP connection as frames: the client's on their way to a station's MAC, the server's with the VIP as their source.
struct Talk: Sendable {
    var client = Host.client
    /// The MAC is the announcer's, the address the VIP's.
    var server: Host
    var sourcePort: UInt16 = 40_000
    var port: UInt16 = 443
    var isn: UInt32 = 1000
    var serverISN: UInt32 = 9000
    var vlan: [UInt16] = []

    init(
        _ client: Host = .client, _ address: IPv4Address = theVIP, via station: Host = .node, port: UInt16 = 443,
        sourcePort: UInt16 = 40_000
    ) {
        self.client = client
        server = Host(station.mac.rawValue, address.description)
        self.port = port
        self.sourcePort = sourcePort
    }

    func out(id: UInt16 = 0, ttl: UInt8 = 64) -> Datagram {
        var datagram = Datagram(client, server, id: id, ttl: ttl)
        datagram.vlan = vlan
        return datagram
    }

    func back(id: UInt16 = 0, ttl: UInt8 = 63) -> Datagram {
        var datagram = Datagram(server, client, id: id, ttl: ttl)
        datagram.vlan = vlan
        return datagram
    }

    func fromClient(_ flags: TCPHeader.Flags, sequence: UInt32? = nil, payload: [UInt8] = []) -> [UInt8] {
        tcp(sourcePort, port, flags, sequence: sequence ?? isn + 1, acknowledgment: flags.contains(.ack) ? serverISN + 1 : 0, payload)
    }

    func fromServer(_ flags: TCPHeader.Flags, sequence: UInt32? = nil, payload: [UInt8] = []) -> [UInt8] {
        tcp(port, sourcePort, flags, sequence: sequence ?? serverISN + 1, acknowledgment: isn + 1, payload)
    }

    var syn: [UInt8] { out().frame(6, fromClient(.syn, sequence: isn)) }
    var synACK: [UInt8] { back().frame(6, fromServer([.syn, .ack], sequence: serverISN)) }
    var ack: [UInt8] { out().frame(6, fromClient(.ack)) }
    var refusal: [UInt8] { back().frame(6, fromServer([.rst, .ack], sequence: 0)) }
    var reset: [UInt8] { back().frame(6, fromServer([.rst, .ack])) }
    var clientReset: [UInt8] { out().frame(6, fromClient(.rst)) }
    var fin: [UInt8] { out().frame(6, fromClient([.fin, .ack])) }
    var serverFin: [UInt8] { back().frame(6, fromServer([.fin, .ack])) }

    func data(_ count: Int) -> [UInt8] { out().frame(6, fromClient([.psh, .ack], payload: [UInt8](repeating: 7, count: count))) }
    func serverData(_ count: Int) -> [UInt8] { back().frame(6, fromServer([.psh, .ack], payload: [UInt8](repeating: 8, count: count))) }
}

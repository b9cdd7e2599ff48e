package import Flows
package import Wire

/// A connection whose octets are numbered for the test: each side's follow those that it sent before.
package struct Stream: ~Copyable {
    package var talk: Talk
    package var sensor: Sensor
    private var sent: UInt32 = 0
    private var received: UInt32 = 0
    private var time = 0.0
    private var id: UInt16 = 1

    /// The handshake of TCP has been seen.
    package init(_ sensor: consuming Sensor = Sensor(), port: UInt16 = 443, isOpen: Bool = true) {
        talk = Talk(port: port)
        self.sensor = sensor
        if isOpen {
            see(talk.syn)
            see(talk.synACK)
            see(talk.ack)
        }
    }

    package var handshake: TLSHandshake? { sensor.events.handshakes.last }
    package var exchanges: [HTTPExchange] { sensor.events.exchanges }

    @discardableResult
    package mutating func see(_ frame: [UInt8]) -> [FlowEvent] {
        time += 0.01
        return sensor.see(frame, at: time)
    }

    private mutating func datagram(_ isClient: Bool) -> Datagram {
        id += 1
        return isClient ? talk.out(id: id) : talk.back(id: id)
    }

    private func segment(_ isClient: Bool, _ flags: TCPHeader.Flags, _ octets: [UInt8], skipping: UInt32 = 0) -> [UInt8] {
        let (mine, other) =
            isClient ? (talk.isn + 1 + sent, talk.serverISN + 1 + received) : (talk.serverISN + 1 + received, talk.isn + 1 + sent)
        let (source, destination) = isClient ? (talk.sourcePort, talk.port) : (talk.port, talk.sourcePort)
        return tcp(source, destination, flags, sequence: mine &+ skipping, acknowledgment: other, octets)
    }

    @discardableResult
    package mutating func client(_ octets: [UInt8], _ flags: TCPHeader.Flags = [.psh, .ack]) -> [FlowEvent] {
        let frame = datagram(true).frame(6, segment(true, flags, octets))
        sent += UInt32(octets.count)
        return see(frame)
    }

    @discardableResult
    package mutating func server(_ octets: [UInt8], _ flags: TCPHeader.Flags = [.psh, .ack]) -> [FlowEvent] {
        let frame = datagram(false).frame(6, segment(false, flags, octets))
        received += UInt32(octets.count)
        return see(frame)
    }

    /// Octets that never pass the sensor.
    package mutating func loseServer(_ count: UInt32) { received += count }

    /// The same octets in segments of so many.
    package mutating func client(_ octets: [UInt8], inPiecesOf size: Int) {
        for start in stride(from: 0, to: octets.count, by: size) { client(Array(octets[start..<min(start + size, octets.count)])) }
    }

    package mutating func server(_ octets: [UInt8], inPiecesOf size: Int) {
        for start in stride(from: 0, to: octets.count, by: size) { server(Array(octets[start..<min(start + size, octets.count)])) }
    }

    /// Two segments that pass the sensor in the other order.
    package mutating func clientSwapped(_ first: [UInt8], _ second: [UInt8]) {
        let later = datagram(true).frame(6, segment(true, [.psh, .ack], second, skipping: UInt32(first.count)))
        let earlier = datagram(true).frame(6, segment(true, [.psh, .ack], first))
        sent += UInt32(first.count + second.count)
        see(later)
        see(earlier)
    }

    package mutating func finish() { sensor.finish(at: time + 0.01) }
    package mutating func wait(_ seconds: Double) {
        time += seconds
        sensor.advance(to: time)
    }
}

// MARK: TLS records

package func tlsRecord(_ type: UInt8, _ octets: [UInt8], version: UInt16 = 0x0303) -> [UInt8] {
    [type] + big16(version) + big16(UInt16(octets.count)) + octets
}

package let changeCipherSpec = tlsRecord(20, [1])
package func tlsAlert(_ level: UInt8, _ code: UInt8) -> [UInt8] { tlsRecord(21, [level, code]) }
/// Octets under keys that nobody here has.
package func sealed(_ count: Int) -> [UInt8] { tlsRecord(23, [UInt8](repeating: 0xee, count: count)) }
package func sealedHandshake(_ count: Int) -> [UInt8] { tlsRecord(22, [UInt8](repeating: 0xee, count: count)) }

/// The first flight of each version: with TLS 1.3, all behind it is sealed.
package let tlsClientHello = tlsRecord(22, clientHello(), version: 0x0301)
package let tlsServerHello13 = tlsRecord(22, serverHello())

/// A ServerHello of TLS 1.2 that chooses ECDHE-ECDSA with ChaCha20 and `h2`.
package func serverHello12() -> [UInt8] {
    let extensions: [UInt8] = [0, 16, 0, 5, 0, 3, 2, 0x68, 0x32]
    let body = [3, 3] + [UInt8](repeating: 9, count: 32) + [0, 0xcc, 0xa9, 0] + big16(UInt16(extensions.count)) + extensions
    return [2, 0] + big16(UInt16(body.count)) + body
}

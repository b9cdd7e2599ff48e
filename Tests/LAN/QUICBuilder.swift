package import QUICInitial
package import Wire

// QUIC packets for tests, sealed as their sides seal them.

/// The two ends of an attempt, as far as its packets show them.
package struct QUICEnds: Sendable {
    package var version = QUICVersion.v1
    /// The client's first Destination Connection ID.
    package var original = ConnectionID(copying: [0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08].span)
    /// Keys come from this one: the original, or a Retry's.
    package var key: ConnectionID
    package var client = ConnectionID(copying: [0xc1, 0xc2, 0xc3, 0xc4].span)
    package var server = ConnectionID(copying: [0x51, 0x52, 0x53, 0x54, 0x55].span)

    package init() { key = original }

    /// Another attempt: other IDs throughout.
    package static func other(_ number: UInt8) -> QUICEnds {
        var ends = QUICEnds()
        ends.original = ConnectionID(copying: [number, 1, 2, 3, 4, 5, 6, 7].span)
        ends.key = ends.original
        ends.client = ConnectionID(copying: [number, 9].span)
        return ends
    }

    /// An Initial, a client's filled to 1200 octets as RFC 9000 §14.1 asks.
    package func initial(
        _ side: QUICSide, number: UInt8 = 0, to destination: ConnectionID? = nil, token: [UInt8] = [], _ frames: [UInt8]
    ) -> [UInt8] {
        let (destination, source) = side == .client ? (destination ?? key, client) : (destination ?? client, server)
        var header = long(version == .v2 ? 1 : 0, destination, source) + QUICVarint(UInt64(token.count)).octets + token
        let fill = side == .client ? max(0, 1200 - header.count - 3 - frames.count - 16) : max(0, 3 - frames.count)
        let payload = frames + [UInt8](repeating: 0, count: fill)
        header += big16(0x4000 | UInt16(1 + payload.count + 16)) + [number]
        guard var opener = try? InitialOpener(), let scheme = InitialScheme(version),
            let packet = try? opener.seal(header, number: UInt64(number), payload: payload, with: opener.keys(scheme, key, side))
        else { fatalError("no Initial of \(version.name)") }
        return packet
    }

    /// A Handshake packet, which nobody can read.
    package func handshake(_ side: QUICSide) -> [UInt8] {
        let header = side == .client ? long(version == .v2 ? 3 : 2, server, client) : long(version == .v2 ? 3 : 2, client, server)
        return header + [30] + [UInt8](repeating: 0xaa, count: 30)
    }

    package func short(_ side: QUICSide) -> [UInt8] { [0x41] + [UInt8](repeating: side == .client ? 0xcc : 0x55, count: 40) }

    package func negotiation(_ versions: [UInt32]) -> [UInt8] {
        var header = long(0, client, original)
        header.replaceSubrange(1..<5, with: [0, 0, 0, 0])
        return header + versions.flatMap(big32)
    }

    /// Header, connection IDs and nothing else: the type's two bits as the version has them.
    package func long(_ type: UInt8, _ destination: ConnectionID, _ source: ConnectionID) -> [UInt8] {
        [0xc0 | type << 4] + big32(version.rawValue) + octets(destination) + octets(source)
    }

    private func octets(_ id: ConnectionID) -> [UInt8] { [id.length] + (0..<id.count).map { id[$0] } }
}

package func crypto(_ data: some Collection<UInt8>, at offset: Int = 0) -> [UInt8] {
    [6] + QUICVarint(UInt64(offset)).octets + QUICVarint(UInt64(data.count)).octets + Array(data)
}

package func connectionClose(_ code: UInt64, _ reason: String = "") -> [UInt8] {
    [0x1c] + QUICVarint(code).octets + [0] + QUICVarint(UInt64(reason.utf8.count)).octets + Array(reason.utf8)
}

/// A handshake message with server name and the protocols h3 and h3-29.
package func clientHello(_ name: String = "argocd.laurivan.com") -> [UInt8] {
    let host = [0] + big16(UInt16(name.utf8.count)) + Array(name.utf8)
    let protocols: [UInt8] = [2, 0x68, 0x33, 5, 0x68, 0x33, 0x2d, 0x32, 0x39]
    let extensions =
        tlsExtension(0, big16(UInt16(host.count)) + host) + tlsExtension(16, big16(UInt16(protocols.count)) + protocols)
        + tlsExtension(43, [2, 3, 4])
    let body = [3, 3] + [UInt8](repeating: 7, count: 32) + [0, 0, 2, 0x13, 1, 1, 0] + big16(UInt16(extensions.count)) + extensions
    return [1, 0] + big16(UInt16(body.count)) + body
}

/// A handshake message that chooses TLS 1.3; with a HelloRetryRequest's random, it asks for another hello (RFC 8446 §4.1.3).
package func serverHello(retry: Bool = false) -> [UInt8] {
    let retryRandom: [UInt8] = [
        0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
        0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
    ]
    let extensions = tlsExtension(43, [3, 4])
    let body =
        [3, 3] + (retry ? retryRandom : [UInt8](repeating: 9, count: 32)) + [0, 0x13, 1, 0] + big16(UInt16(extensions.count)) + extensions
    return [2, 0] + big16(UInt16(body.count)) + body
}

private func tlsExtension(_ type: UInt16, _ data: [UInt8]) -> [UInt8] { big16(type) + big16(UInt16(data.count)) + data }

import Wire

/// Tells by the first octets what a connection carries, and reads that.
struct SessionReader: Sendable {
    private(set) var kind = Kind.unknown
    private(set) var isPostgreSQL = false
    var tls = TLSReading()
    var http = HTTPReading()

    enum Kind {
        case unknown
        /// The client asked whether TLS may begin.
        case postgreSQL
        case tls, http
        /// None of these: nothing is kept.
        case other
    }

    private static let sslRequest: InlineArray<8, UInt8> = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]

    /// Cheap, because it is asked of every connection: the first octet tells most of what is neither.
    static func mayBegin(with octets: Span<UInt8>, from side: TCPConnection.Side) -> Bool {
        guard !octets.isEmpty else { return false }
        switch octets[0] {
        case TLSRecord.ContentType.handshake.rawValue, TLSRecord.ContentType.alert.rawValue: return true
        case let octet: return side == .originator && (octet == 0 || octet.isTokenCharacter)
        }
    }

    /// Takes octets in order and gives how many it is done with.
    mutating func take(_ octets: Span<UInt8>, from side: TCPConnection.Side, _ frame: FrameReference) -> Int {
        if kind == .unknown, !recognize(octets, from: side) { return 0 }
        switch kind {
        case .unknown, .other: return octets.count
        case .postgreSQL: return takePostgreSQL(octets, from: side)
        case .tls: return tls.take(octets, from: side, frame)
        case .http: return http.take(octets, from: side, frame)
        }
    }

    /// False where more octets are needed.
    private mutating func recognize(_ octets: Span<UInt8>, from side: TCPConnection.Side) -> Bool {
        let record = octets[0] == TLSRecord.ContentType.handshake.rawValue || octets[0] == TLSRecord.ContentType.alert.rawValue
        if record {
            // Every version's first octet is 3 (RFC 8446 §5.1).
            guard octets.count >= 2 else { return false }
            kind = octets[1] == 3 ? .tls : .other
        } else if side == .responder {
            // Who speaks first is neither a TLS nor an HTTP server.
            kind = .other
        } else if octets[0] == 0 {
            for index in 0..<min(octets.count, 8) where octets[index] != Self.sslRequest[index] {
                kind = .other
                return true
            }
            guard octets.count >= 8 else { return false }
            kind = .postgreSQL
        } else {
            var bytes = octets
            do throws(DecodeError) {
                _ = try HTTPHead(decoding: &bytes)
                kind = .http
            } catch {
                if case .truncated = error { kind = .http } else { kind = .other }
            }
        }
        return true
    }

    private mutating func takePostgreSQL(_ octets: Span<UInt8>, from side: TCPConnection.Side) -> Int {
        // The client says no more before the answer.
        if side == .originator { return isPostgreSQL ? 0 : takeRequest() }
        kind = PostgreSQLSSLRequest.accepts(octets[0]) == true ? .tls : .other
        return 1
    }

    private mutating func takeRequest() -> Int {
        isPostgreSQL = true
        return Int(PostgreSQLSSLRequest.length)
    }
}

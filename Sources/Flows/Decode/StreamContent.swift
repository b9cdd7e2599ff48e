import Wire

/// What one direction of a TCP connection carries, told by what it begins with and read as far as it is in the clear.
struct StreamContent: Sendable {
    private var buffer = StreamBuffer(limit: Self.limit)
    private var content = Content.unknown

    /// Of octets that are kept: a TLS handshake message may be split over records and segments, an HTTP head be as long as this.
    private static let limit = 256 << 10

    private enum Content: Sendable {
        /// Nothing that we know yet: every segment is asked again, since a protocol may turn to TLS later (STARTTLS, CONNECT).
        case unknown
        case tls(TLSStream, TLSCollector.Unfinished)
        case http(HeadSearch)
        case dns
    }

    /// What is known of octets in which no head ends, so that a head in many segments is not read from its start with each.
    private struct HeadSearch: Sendable {
        /// Octets that were read as a head.
        var read = 0
        /// Octets in which no empty line was found.
        var searched = 0
        /// The first line is whole.
        var hasLine = false

        /// Whether another look is worth it: at what may end a line that tells, and at twice as many octets, which may be none of a head's.
        mutating func mayEnd(_ octets: Span<UInt8>) -> Bool {
            defer { searched = octets.count }
            return octets.count >= 2 * read || octets.hasEmptyLine(from: searched) || (!hasLine && octets.hasLineEnd(from: searched))
        }

        mutating func note(_ octets: Span<UInt8>) {
            self = Self(read: octets.count, searched: octets.count, hasLine: octets.hasLineEnd(from: 0))
        }
    }

    /// Octets that are not told yet, whoever holds them.
    var kept: Int {
        guard case .tls(let stream, let unfinished) = content else { return buffer.kept }
        return buffer.kept + stream.heldOctets + unfinished.heldOctets
    }

    mutating func begin(at sequence: UInt32) {
        buffer.begin(at: sequence)
        content = .unknown
    }

    mutating func take(_ sequence: UInt32, _ octets: Span<UInt8>, isDNS: Bool, into found: inout SegmentMessages) {
        var content = content
        buffer.take(sequence, octets) { octets in Self.read(octets, &content, isDNS: isDNS, into: &found) }
        self.content = content
        // A gap that is never filled: what comes now is read for itself.
        if buffer.isLost { begin(at: sequence &+ UInt32(truncatingIfNeeded: octets.count)) }
    }

    private static func read(_ octets: Span<UInt8>, _ content: inout Content, isDNS: Bool, into found: inout SegmentMessages) -> Int {
        if case .unknown = content {
            guard let begun = begin(octets, isDNS: isDNS) else { return 0 }
            content = begun
        }
        switch content {
        case .unknown: return octets.count
        case .dns: return readDNS(octets, &content, into: &found)
        case .http(let search): return readHTTP(octets, search, &content, into: &found)
        case .tls(var stream, let unfinished):
            var collector = TLSCollector(unfinished: unfinished, fingerprint: found.fingerprint)
            let consumed = stream.take(octets, &collector)
            found.append(collector.content)
            content = stream.state == .reading ? .tls(stream, collector.unfinished) : .unknown
            return consumed
        }
    }

    /// Nil where more octets are needed to tell.
    private static func begin(_ octets: Span<UInt8>, isDNS: Bool) -> Content? {
        if isDNS { return .dns }
        var cursor = octets
        do throws(DecodeError) {
            let record = try TLSRecord(decoding: &cursor)
            // Strict, because every segment of every connection is asked.
            return record.version.rawValue <= 0x0304 && record.length > 0 ? .tls(TLSStream(), TLSCollector.Unfinished()) : .unknown
        } catch {
            if case .truncated = error { return nil }
        }
        cursor = octets
        do throws(DecodeError) {
            _ = try HTTPHead(decoding: &cursor)
            return .http(HeadSearch())
        } catch {
            if case .truncated = error { return .http(HeadSearch()) }
            return .unknown
        }
    }

    private static func readDNS(_ octets: Span<UInt8>, _ content: inout Content, into found: inout SegmentMessages) -> Int {
        do throws(DecodeError) {
            return try DNSStreamFraming.messages(in: octets) { message throws(DecodeError) in
                var cursor = message
                do throws(DecodeError) {
                    found.append(try DNSMessage(decoding: &cursor))
                } catch {
                    found.fail(.dns, error)
                }
            }
        } catch {
            found.fail(.dns, error)
            return octets.count
        }
    }

    /// Heads alone: where a body ends is not followed, so a head must begin a segment or stand behind another.
    private static func readHTTP(
        _ octets: Span<UInt8>, _ search: HeadSearch, _ content: inout Content, into found: inout SegmentMessages
    ) -> Int {
        var search = search
        guard search.mayEnd(octets) else {
            content = .http(search)
            return 0
        }
        var rest = octets
        while !rest.isEmpty {
            let before = rest.count
            do throws(DecodeError) {
                found.append(try HTTPHead(decoding: &rest))
            } catch {
                if case .truncated = error {
                    search.note(rest)
                    content = .http(search)
                    return octets.count - before
                }
                break
            }
        }
        // Another head may come, or what CONNECT and Upgrade lead to.
        content = .unknown
        return octets.count
    }
}

/// What one segment completes.
struct SegmentMessages {
    private(set) var messages: [any Describable] = []
    private(set) var failure: (layer: Layer, error: DecodeError)?
    let fingerprint: Fingerprint?

    init(fingerprint: Fingerprint?) { self.fingerprint = fingerprint }

    mutating func append(_ message: some Describable) { messages.append(message) }

    mutating func append(_ content: TLSContent) {
        if content.isEmpty { return }
        messages.append(content)
        if let error = content.handshakes.compactMap(\.error).first { fail(.tls, error) }
    }

    mutating func fail(_ layer: Layer, _ error: DecodeError) {
        if failure == nil { failure = (layer, error) }
    }
}

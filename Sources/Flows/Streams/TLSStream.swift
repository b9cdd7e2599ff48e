package import Wire

/// What a reader of a TLS stream learns, in the order of the wire.
package protocol TLSVisitor {
    /// A record begins. Its fragment may still be on its way.
    mutating func record(_ record: TLSRecord)
    /// The record that began last is whole.
    mutating func endOfRecord()
    /// A handshake message in the clear, whole.
    mutating func handshake(_ type: TLSHandshakeHeader.MessageType, _ body: Span<UInt8>)
    /// An alert; nil where it is encrypted.
    mutating func alert(_ alert: TLSAlert?)
    /// The stream does not begin with a record, but so. Nothing more will be said of it.
    mutating func notTLS(_ octets: Span<UInt8>)
}

extension TLSVisitor {
    package mutating func endOfRecord() {}
}

/// One direction of TLS over TCP (RFC 8446 §5.1, RFC 5246 §6.2): its octets, in order, become records, handshake messages and alerts.
///
/// Handshake messages go on over several records; they are read until encryption begins in this direction.
package struct TLSStream {
    /// A longer handshake message is passed over: no certificate chain comes near.
    package static let longestMessage = 128 << 10

    package enum State: Sendable {
        case reading
        /// The first octets are no record.
        case notTLS
        /// What should be a record's header is none: octets are missing, or TLS is over.
        case damaged
    }

    package private(set) var state = State.reading
    /// What follows in this direction cannot be read.
    package private(set) var isEncrypted = false

    private var contentType = TLSRecord.ContentType.handshake
    private var recordCount = 0
    /// Octets of the record's fragment that are still to come, and how many it has.
    private var left = 0
    private var length = 0
    /// A handshake message that is not whole yet, with its header.
    private var message: [UInt8] = []
    /// Octets of a message too long to keep.
    private var skipped = 0
    private var followsHelloRetryRequest = false

    package init() {}

    /// Octets of a message that is not whole yet.
    package var heldOctets: Int { message.count }

    /// Reads from octets in order; gives how many it is done with. The rest is to be given again, with more behind it.
    package mutating func take(_ octets: Span<UInt8>, _ visitor: inout some TLSVisitor) -> Int {
        var rest = octets
        while state == .reading, !rest.isEmpty {
            if left == 0 {
                guard readHeader(&rest, &visitor) else { break }
                continue
            }
            let available = min(left, rest.count)
            let fragment = rest.extracting(first: available)
            let done: Int
            switch contentType {
            case .alert: done = readAlert(fragment, &visitor)
            case .handshake: done = readHandshake(fragment, &visitor)
            default: done = available
            }
            guard done > 0 else { break }
            rest = rest.extracting(droppingFirst: done)
            left -= done
            if left == 0 { visitor.endOfRecord() }
        }
        return state == .reading ? octets.count - rest.count : octets.count
    }

    /// False where the header is not whole yet, or is none.
    private mutating func readHeader(_ rest: inout Span<UInt8>, _ visitor: inout some TLSVisitor) -> Bool {
        var fragment = rest
        do throws(DecodeError) {
            let record = try TLSRecord(decoding: &fragment)
            (contentType, left, length) = (record.contentType, record.length, record.length)
            rest = fragment
            recordCount += 1
            visitor.record(record)
            if left == 0 { visitor.endOfRecord() }
            switch contentType {
            // A server may send this behind a HelloRetryRequest, and its ServerHello later (RFC 8446 §D.4).
            case .changeCipherSpec: isEncrypted = isEncrypted || !followsHelloRetryRequest
            case .applicationData: isEncrypted = true
            default: break
            }
            return true
        } catch {
            if case .truncated = error { return false }
            state = recordCount == 0 ? .notTLS : .damaged
            message = []
            if state == .notTLS { visitor.notTLS(rest) }
            return false
        }
    }

    /// Encryption makes an alert longer than its two octets; TLS 1.3 hides it in application data.
    private mutating func readAlert(_ fragment: Span<UInt8>, _ visitor: inout some TLSVisitor) -> Int {
        guard length == TLSAlert.length else {
            if left == length { visitor.alert(nil) }
            return fragment.count
        }
        var octets = fragment
        guard let alert = try? TLSAlert(decoding: &octets) else { return 0 }
        visitor.alert(alert)
        return TLSAlert.length
    }

    private mutating func readHandshake(_ fragment: Span<UInt8>, _ visitor: inout some TLSVisitor) -> Int {
        if isEncrypted {
            guard left == length, length >= TLSHandshakeHeader.length else { return fragment.count }
            // A client may send ChangeCipherSpec or early data, and after a HelloRetryRequest its second ClientHello, in the clear (RFC 8446
            // §D.4). Encrypted octets look like its header once in four thousand million times.
            var octets = fragment
            guard let header = try? TLSHandshakeHeader(decoding: &octets) else { return 0 }
            guard header.type == .clientHello, header.bodyLength == length - TLSHandshakeHeader.length else { return fragment.count }
            isEncrypted = false
        }
        var rest = fragment
        while !rest.isEmpty, !isEncrypted {
            if skipped > 0 {
                let octets = min(skipped, rest.count)
                skipped -= octets
                rest = rest.extracting(droppingFirst: octets)
            } else if message.isEmpty, let whole = Self.wholeMessage(rest) {
                finish(rest.extracting(first: whole), &visitor)
                rest = rest.extracting(droppingFirst: whole)
            } else {
                collect(&rest, &visitor)
            }
        }
        return fragment.count
    }

    /// How long the message is that the octets begin with, where all of it is there.
    private static func wholeMessage(_ octets: Span<UInt8>) -> Int? {
        var body = octets
        guard let header = try? TLSHandshakeHeader(decoding: &body), body.count >= header.bodyLength, header.bodyLength <= longestMessage
        else { return nil }
        return TLSHandshakeHeader.length + header.bodyLength
    }

    /// Collects a message that is not whole: its header first, which says how much belongs to it.
    private mutating func collect(_ rest: inout Span<UInt8>, _ visitor: inout some TLSVisitor) {
        var needed = TLSHandshakeHeader.length
        if message.count >= needed {
            needed += Int(message[1]) << 16 | Int(message[2]) << 8 | Int(message[3])
        }
        let octets = min(needed - message.count, rest.count)
        message.append(rest.extracting(first: octets), from: 0)
        rest = rest.extracting(droppingFirst: octets)
        guard message.count >= TLSHandshakeHeader.length else { return }
        let length = Int(message[1]) << 16 | Int(message[2]) << 8 | Int(message[3])
        if length > Self.longestMessage {
            skipped = length
            message = []
        } else if message.count == TLSHandshakeHeader.length + length {
            let whole = message
            message = []
            finish(whole.span, &visitor)
        }
    }

    private mutating func finish(_ message: Span<UInt8>, _ visitor: inout some TLSVisitor) {
        let type = TLSHandshakeHeader.MessageType(rawValue: message[0])
        var body = message.extracting(droppingFirst: TLSHandshakeHeader.length)
        visitor.handshake(type, body)
        guard type == .serverHello, let hello = try? ServerHello(decoding: &body) else { return }
        followsHelloRetryRequest = hello.isHelloRetryRequest
        if hello.version.encryptsHandshake, !hello.isHelloRetryRequest { isEncrypted = true }
    }
}

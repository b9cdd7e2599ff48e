import QUICInitial
import Wire

/// What one side of a conversation has sent.
package struct QUICDirection: Sendable {
    package internal(set) var datagrams: UInt32 = 0
    /// Datagrams that held an Initial.
    package internal(set) var initials: UInt32 = 0
    /// Initials that were opened.
    package internal(set) var opened: UInt32 = 0
    package internal(set) var handshakes: UInt32 = 0
    package internal(set) var zeroRTTs: UInt32 = 0
    package internal(set) var shorts: UInt32 = 0
    /// Opens its Initials; nil until the first of them, and after a Retry.
    var keys: Keys?
    private var largest: UInt64?
    /// Nil while nothing waits for more of it.
    private var crypto: CryptoReassembly?
    private let limit: Int
    /// The hello is whole, or was given up.
    private var isPastHello = false

    struct Keys: Sendable {
        var version: QUICVersion
        var keys: InitialKeys
    }

    /// - Parameter limit: octets of its handshake that are kept until a message is whole.
    @inline(__always)
    init(limit: Int) { self.limit = limit }

    var heldOctets: Int { crypto?.heldOctets ?? 0 }
    /// Packets after the Initials.
    var others: UInt32 { handshakes &+ shorts }
    var largestNumber: UInt64? { largest }

    mutating func note(_ number: UInt64) {
        opened &+= 1
        // Anybody can seal an Initial, with numbers that wander off.
        largest = max(largest ?? 0, min(number, QUICVarint.greatest))
    }

    mutating func abandonCrypto() {
        crypto = nil
        isPastHello = true
    }

    /// Takes a CRYPTO frame's data and lends each handshake message that it completes.
    ///
    /// - Parameter message: says whether another is to be waited for.
    mutating func take(
        _ data: Span<UInt8>, at offset: UInt64, _ message: (TLSHandshakeHeader, Span<UInt8>) -> Bool
    ) {
        guard !isPastHello else { return }
        var reassembly = crypto.take() ?? CryptoReassembly(limit: limit)
        isPastHello = true
        var (data, offset) = (data, offset)
        // Mostly a hello stands whole in one frame, and is read where it lies.
        if reassembly.isNext(data, at: offset), case .message(let octets, let goesOn) = Self.firstMessage(in: data, message) {
            guard goesOn else { return }
            reassembly.pass(octets)
            offset += UInt64(octets)
            data = data.extracting(droppingFirst: octets)
        }
        guard reassembly.take(data, at: offset) else {
            if !reassembly.isOverfull { wait(for: reassembly) }
            return
        }
        while true {
            let step = reassembly.withContiguous { Self.firstMessage(in: $0, message) }
            guard case .message(let octets, let goesOn) = step else {
                // A gap that is never filled, or octets that begin no hello: neither is worth its memory.
                if step == .incomplete, !reassembly.isOverfull { wait(for: reassembly) }
                return
            }
            guard goesOn else { return }
            reassembly.drop(octets)
        }
    }

    private mutating func wait(for reassembly: consuming CryptoReassembly) {
        crypto = reassembly
        isPastHello = false
    }

    private enum Step: Equatable {
        case incomplete, noHello
        case message(octets: Int, goesOn: Bool)
    }

    private static func firstMessage(in stream: Span<UInt8>, _ message: (TLSHandshakeHeader, Span<UInt8>) -> Bool) -> Step {
        var bytes = stream
        guard let header = try? TLSHandshakeHeader(decoding: &bytes) else { return .incomplete }
        guard header.type == .clientHello || header.type == .serverHello else { return .noHello }
        guard bytes.count >= header.bodyLength else { return .incomplete }
        let goesOn = message(header, bytes.extracting(first: header.bodyLength))
        return .message(octets: TLSHandshakeHeader.length + header.bodyLength, goesOn: goesOn)
    }
}

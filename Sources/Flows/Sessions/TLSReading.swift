import Wire

/// Both directions of TLS, and what they have told.
struct TLSReading: Sendable {
    private var client = TLSStream()
    private var server = TLSStream()
    var notes = TLSNotes()
    private var stage = TLSHandshake.Stage.beforeClientHello
    /// Octets since the stage was reached.
    private var octetsOfStage = 0

    /// A handshake's flight, the longest message that is read included, is shorter: where more comes, the other side passes elsewhere.
    static let longestFlight = TLSStream.longestMessage + (16 << 10)

    mutating func take(_ octets: Span<UInt8>, from side: TCPConnection.Side, _ frame: FrameReference) -> Int {
        (notes.side, notes.frame) = (side, frame)
        let done = side == .originator ? client.take(octets, &notes) : server.take(octets, &notes)
        octetsOfStage = notes.stage == stage ? octetsOfStage + done : done
        stage = notes.stage
        return done
    }

    /// Octets of messages that are not whole.
    var heldOctets: Int { client.heldOctets + server.heldOctets }

    /// Octets are missing, or what looked like TLS is none.
    var isDamaged: Bool { client.state != .reading || server.state == .damaged || octetsOfStage > Self.longestFlight }
}

/// What the records and messages of a handshake say, whichever side they come from.
struct TLSNotes: TLSVisitor, Sendable {
    /// Of the octets that are being read.
    var side = TCPConnection.Side.originator
    var frame = FrameReference.none

    private(set) var frames = TLSHandshake.Frames()
    private(set) var clientHello: ClientHello?
    private(set) var serverHello: ServerHello?
    private(set) var retryGroup: TLSGroup?
    private(set) var certificate: TLSCertificate?
    private(set) var alert: TLSHandshake.Alert?
    /// The alert ends the handshake.
    private(set) var isRefused = false
    private(set) var answer: [UInt8] = []
    private var client = Progress()
    private var server = Progress()
    /// A message was longer than what is kept of one.
    private(set) var isShortened = false
    /// A message in the clear that did not decode.
    private(set) var failure: DecodeError?

    /// Octets of an answer that is no TLS.
    static let longestAnswer = 16

    private struct Progress {
        /// Up to TLS 1.2, what follows is encrypted.
        var hasChangedCipher = false
        /// A record with the keys of this handshake, which no alert is.
        var isFinished = false
    }

    /// Of the side whose octets are being read.
    private var progress: Progress {
        get { side == .originator ? client : server }
        set { if side == .originator { client = newValue } else { server = newValue } }
    }

    var isEstablished: Bool { client.isFinished && server.isFinished }
    var isNotTLS: Bool { !answer.isEmpty }

    var stage: TLSHandshake.Stage {
        if isEstablished { return .complete }
        if frames.clientRecord != nil { return .afterClientRecord }
        if frames.serverHello != nil { return .afterServerHello }
        return frames.clientHello == nil ? .beforeClientHello : .beforeServerHello
    }

    mutating func acknowledged(by frame: FrameReference) {
        if frames.acknowledgment == nil { frames.acknowledgment = frame }
    }

    mutating func takeFailure() -> DecodeError? {
        defer { failure = nil }
        return failure
    }

    // MARK: TLSVisitor

    mutating func record(_ record: TLSRecord) {
        if record.contentType == .changeCipherSpec { progress.hasChangedCipher = true }
        // Before the ServerHello there are no keys of this handshake, only early data's (RFC 8446 §2.3).
        guard frames.serverHello != nil else { return }
        if side == .originator, frames.clientRecord == nil { frames.clientRecord = frame }
        let hidesHandshake = serverHello?.version.encryptsHandshake == true
        switch record.contentType {
        case .handshake where !hidesHandshake: progress.isFinished = progress.isFinished || progress.hasChangedCipher
        case .applicationData where hidesHandshake && !progress.isFinished && Self.isAlert(record):
            note(nil, isFatal: true)
        case .applicationData: progress.isFinished = true
        default: break
        }
    }

    /// Behind its hello a side sends a handshake message first, none of which fits into the three octets that level, description and inner
    /// content type take, with a tag of 8 or 16 (RFC 8446 §5.2, §5.4): so short a record is an alert.
    private static func isAlert(_ record: TLSRecord) -> Bool {
        let inner = TLSAlert.length + 1
        return record.length == inner + 16 || record.length == inner + 8
    }

    mutating func alert(_ alert: TLSAlert?) {
        // Under TLS 1.3 every alert but the closing ones is fatal, whatever its level (RFC 8446 §6).
        let isHidden = serverHello?.version.encryptsHandshake == true
        note(alert, isFatal: alert.map { $0.isFatal || (isHidden && !$0.isClosure) } ?? true)
    }

    private mutating func note(_ value: TLSAlert?, isFatal: Bool) {
        // What ends a handshake that is complete is not its business.
        guard !isRefused, !isEstablished, isFatal || alert == nil else { return }
        alert = TLSHandshake.Alert(side: side, value: value)
        frames.alert = frame
        isRefused = isFatal
    }

    mutating func handshake(_ type: TLSHandshakeHeader.MessageType, _ body: Span<UInt8>) {
        var bytes = body
        do throws(DecodeError) {
            switch (type, side) {
            case (.clientHello, .originator) where frames.clientHello == nil:
                frames.clientHello = frame
                var hello = try ClientHello(decoding: &bytes)
                isShortened = hello.shorten() || isShortened
                clientHello = hello
            case (.serverHello, .responder) where frames.serverHello == nil:
                // The random alone makes it a HelloRetryRequest.
                guard var hello = readServerHello(&bytes) else { return }
                isShortened = hello.shorten() || isShortened
                if hello.isHelloRetryRequest {
                    frames.helloRetryRequest = frames.helloRetryRequest ?? frame
                    retryGroup = hello.keyShareGroup
                } else {
                    frames.serverHello = frame
                    serverHello = hello
                }
            case (.certificate, .responder) where frames.certificate == nil:
                frames.certificate = frame
                var message = try TLSCertificate(decoding: &bytes)
                isShortened = message.shorten() || isShortened
                certificate = message
            default: break
            }
        } catch { failure = failure ?? error }
    }

    /// One that does not decode is still an answer.
    private mutating func readServerHello(_ bytes: inout Span<UInt8>) -> ServerHello? {
        do throws(DecodeError) {
            return try ServerHello(decoding: &bytes)
        } catch {
            frames.serverHello = frame
            failure = failure ?? error
            return nil
        }
    }

    mutating func notTLS(_ octets: Span<UInt8>) {
        guard side == .responder else { return }
        answer = [UInt8](copying: octets.extracting(first: min(octets.count, Self.longestAnswer)))
    }
}

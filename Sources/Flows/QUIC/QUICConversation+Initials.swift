import QUICInitial
import Wire

extension QUICConversation {
    /// Opens an Initial, under other keys where those at hand do not fit.
    mutating func initial(
        _ packet: QUICProtectedPacket, in datagram: Span<UInt8>, from side: QUICSide, _ opener: inout InitialOpener,
        _ visitor: inout some QUICVisitor, _ news: inout News
    ) {
        let header = packet.header
        guard let scheme = InitialScheme(header.version) else {
            if side == .server { noteServer(header) }
            news.insert(.initial)
            visitor.packet(.protected(packet), .noKeys)
            return
        }
        let failure: InitialOpener.Failure
        do throws(InitialOpener.Failure) {
            // Either side may go over to a compatible version, under keys from the same ID (RFC 9368 §4).
            try open(packet, in: datagram, from: side, &opener, &visitor, &news)
            return
        } catch { failure = error }
        if side == .client, header.destination != keyID, header.destination != serverID, failures < Self.mostFailures, news.isEmpty {
            do throws(InitialOpener.Failure) {
                let keys = opener.keys(scheme, header.destination, .client)
                let number = try opener.open(packet, in: datagram, with: keys, largest: client.largestNumber) { number, _ in number }
                // A client that follows a Retry which this sensor did not see goes on counting its packets (RFC 9000 §17.2.5.3), one that
                // changes the version begins anew, and everybody else is another attempt.
                let isRenewed = header.version != version && !offeredVersions.isEmpty
                guard isRenewed || (!packet.token.isEmpty && number > client.largestNumber ?? 0) else {
                    news.insert(.foreign)
                    return
                }
                follow(header.version, header.destination)
                try open(packet, in: datagram, from: side, &opener, &visitor, &news)
                return
            } catch { failures += 1 }
        }
        if side == .server { noteServer(header) }
        news.insert(.initial)
        visitor.packet(.protected(packet), .failed(failure))
    }

    private mutating func open(
        _ packet: QUICProtectedPacket, in datagram: Span<UInt8>, from side: QUICSide, _ opener: inout InitialOpener,
        _ visitor: inout some QUICVisitor, _ news: inout News
    ) throws(InitialOpener.Failure) {
        let keys = keys(packet.header.version, side, &opener)
        let number = try opener.open(packet, in: datagram, with: keys, largest: self[side].largestNumber) { number, payload in
            visitor.packet(.protected(packet), .opened(number: number))
            take(frames: payload, from: side, &visitor, &news)
            return number
        }
        self[side].note(number)
        news.insert(.initial)
        if side == .server {
            noteServer(packet.header)
            serverID = packet.header.source
        } else {
            version = packet.header.version
            clientID = packet.header.source
        }
    }

    private mutating func keys(_ version: QUICVersion, _ side: QUICSide, _ opener: inout InitialOpener) -> InitialKeys {
        if let known = self[side].keys, known.version == version { return known.keys }
        let keys = opener.keys(InitialScheme(version) ?? .v1, keyID, side)
        self[side].keys = QUICDirection.Keys(version: version, keys: keys)
        return keys
    }

    private mutating func take(
        frames payload: Span<UInt8>, from side: QUICSide, _ visitor: inout some QUICVisitor, _ news: inout News
    ) {
        var walker = QUICFrameWalker()
        do throws(DecodeError) {
            while let frame = try walker.next(in: payload) {
                visitor.frame(frame, in: payload)
                switch frame {
                case .crypto(let offset, let data): take(crypto: payload.extracting(data), at: offset, from: side, &visitor, &news)
                case .connectionClose(let frame):
                    guard close == nil else { break }
                    close = QUICClose(frame, in: payload, by: side)
                    news.insert(.closed)
                case .padding, .ping, .acknowledgment: break
                }
            }
        } catch {
            visitor.anomaly(error, at: walker.offset, inPayload: true)
        }
    }

    private mutating func take(
        crypto data: Span<UInt8>, at offset: UInt64, from side: QUICSide, _ visitor: inout some QUICVisitor, _ news: inout News
    ) {
        self[side].take(data, at: offset) { header, body in
            visitor.handshakeMessage(header, body, from: side)
            if side == .client, header.type == .clientHello {
                news.insert(.clientHello)
                // After a HelloRetryRequest comes another.
                return true
            }
            guard side == .server, header.type == .serverHello else { return false }
            var bytes = body
            news.insert(.serverHello)
            return (try? ServerHello(decoding: &bytes))?.isHelloRetryRequest == true
        }
    }
}

import Flows
import Site
import Wire

extension Knowledge {
    /// Keeps the facts that rules and ledger set against failures.
    ///
    /// - Returns: true where a ledger may now state something else.
    mutating func learn(_ event: FlowEvent) -> Bool {
        switch event {
        case .claim(let claim): learn(claim)
        case .tcp(let connection, let change): learn(connection, change)
        case .echo(let exchange): exchange.reply != nil && learn(\.echoReply, exchange, of: exchange.destination)
        case .dns(let transaction): transaction.namesVIP.map { learn(\.named, transaction, of: $0) } ?? false
        case .unanswered(let request): learn(\.uncountedSilence, request, of: request.address)
        case .quic(let attempt, .established):
            // The packet that has just arrived completes it.
            learn(\.quic, (attempt.last, attempt.server.port), of: attempt.server.address)
        case .tls(let handshake, let change): learn(handshake, change)
        case .http(let exchange): learn(exchange)
        case .unread(let session): learn(session)
        case .announcement, .conflict, .flood, .icmpError, .quic, .handover, .loop, .sighting, .attempt: false
        }
    }

    private mutating func learn<Fact>(_ keyPath: WritableKeyPath<VIPRecord, Fact?>, _ fact: Fact, of vip: IPAddress) -> Bool {
        guard let index = vips.index(of: vip) else { return false }
        let isNews = vips[index][keyPath: keyPath] == nil
        vips[index][keyPath: keyPath] = fact
        return isNews
    }

    /// Never news: no layer's status tells of it.
    private mutating func learn(_ session: UnreadSession) -> Bool {
        guard let index = vips.index(of: session.server.address), site.vips[index].serves(.tcp, session.server.port) else { return false }
        vips[index].isUnread = true
        return false
    }

    private mutating func learn(_ claim: Claim) -> Bool {
        guard let index = vips.index(of: claim.address) else { return false }
        let isNews = vips[index].lastClaim?.station != claim.station || (claim.means.isAnswer && vips[index].answers.isEmpty)
        vips[index].lastClaim = claim
        if claim.means.announces { vips[index].announced = claim }
        if claim.means.isAnswer, vips[index].answers.count < VIPRecord.mostPorts || vips[index].answers[claim.station.mac] != nil {
            vips[index].answers[claim.station.mac] = claim
        }
        return isNews
    }

    private mutating func learn(_ connection: TCPConnection, _ change: TCPChange) -> Bool {
        let port = connection.responder.port
        guard change != .synRetransmitted, let index = vips.index(of: connection.responder.address), site.vips[index].serves(.tcp, port),
            change == .established || !keepsApart(connection.originator.address, connection.responder.address)
        else {
            return false
        }
        switch change {
        case .established:
            vips[index].successes.note(connection)
            let before = vips[index].works[port]
            guard before != nil || vips[index].works.count < VIPRecord.mostPorts else { return false }
            vips[index].works[port] = connection
            return vips[index].fails.remove(port.rawValue) != nil || before == nil
        case .fellSilent: return !vips[index].recovered(port, since: connection) && vips[index].fails(port)
        case .ended where connection.outcome == .refused || connection.outcome == .rejected: return vips[index].fails(port)
        case .synRetransmitted, .ended: return false
        }
    }
}

extension Knowledge {
    private mutating func learn(_ handshake: TLSHandshake, _ change: TLSChange) -> Bool {
        guard change == .ended, let index = vips.index(of: handshake.server.address),
            site.vips[index].serves(.tcp, handshake.server.port)
        else { return false }
        let before = (vips[index].hasTLS, vips[index].handshake == nil)
        vips[index].hasTLS = true
        if handshake.isEstablished { vips[index].handshake = handshake }
        return before != (true, vips[index].handshake == nil)
    }

    private mutating func learn(_ exchange: HTTPExchange) -> Bool {
        guard let index = vips.index(of: exchange.server.address), site.vips[index].serves(.tcp, exchange.server.port) else { return false }
        let before = (vips[index].hasHTTP, vips[index].page == nil)
        vips[index].hasHTTP = true
        if let response = exchange.response, response.status < 500 { vips[index].page = exchange }
        return before != (true, vips[index].page == nil)
    }
}

extension VIPRecord {
    /// - Returns: true where that is news.
    fileprivate mutating func fails(_ port: Port) -> Bool {
        guard fails.count < Self.mostPorts else { return false }
        return fails.insert(port.rawValue).inserted
    }
}

import Flows
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
        case .announcement, .conflict, .icmpError: false
        }
    }

    private mutating func learn<Fact>(_ keyPath: WritableKeyPath<VIPRecord, Fact?>, _ fact: Fact, of vip: IPAddress) -> Bool {
        guard vips[vip] != nil else { return false }
        let isNews = vips[vip]?[keyPath: keyPath] == nil
        vips[vip]?[keyPath: keyPath] = fact
        return isNews
    }

    private mutating func learn(_ claim: Claim) -> Bool {
        guard var record = vips[claim.address] else { return false }
        let isNews = record.lastClaim?.station != claim.station || (claim.means == .reply && record.answers.isEmpty)
        record.lastClaim = claim
        if claim.means == .reply, record.answers.count < VIPRecord.mostPorts || record.answers[claim.station.mac] != nil {
            record.answers[claim.station.mac] = claim
        }
        vips[claim.address] = record
        return isNews
    }

    private mutating func learn(_ connection: TCPConnection, _ change: TCPChange) -> Bool {
        let (vip, port) = (connection.responder.address, connection.responder.port)
        guard isService(port, of: vip) else { return false }
        switch change {
        case .established:
            guard let works = vips[vip]?.works, works.count < VIPRecord.mostPorts || works[port] != nil else { return false }
            vips[vip]?.works[port] = connection
            let failed = vips[vip]?.fails.remove(port.rawValue) != nil
            return failed || works[port] == nil
        case .fellSilent: return vips[vip]?.recovered(port, since: connection) == false && fails(vip, port)
        case .ended where connection.outcome == .refused || connection.outcome == .rejected: return fails(vip, port)
        case .synRetransmitted, .ended: return false
        }
    }

    private mutating func fails(_ vip: IPAddress, _ port: Port) -> Bool {
        guard let fails = vips[vip]?.fails, fails.count < VIPRecord.mostPorts, !fails.contains(port.rawValue) else { return false }
        vips[vip]?.fails.insert(port.rawValue)
        return true
    }
}

import Flows
import Site
import Wire

/// What several rules about claims ask of the claimants.
extension Knowledge {
    /// One station by two MACs: VRRP's virtual ones, two interfaces of one node, or two of one own address.
    func isOneStation(_ one: Station, _ other: Station) -> Bool {
        if one.mac == other.mac || one.mac.isVRRP || other.mac.isVRRP { return true }
        if let node = site.node(one.mac) { return node == site.node(other.mac) }
        return one.address != nil && one.address == other.address
    }

    /// It is none of the nodes that the site file lists. Where the file says too little of a node to tell, it may be that one.
    func isForeign(_ station: Station) -> Bool {
        guard !site.nodes.isEmpty, !station.mac.isVRRP, site.node(station.mac) == nil else { return false }
        return site.nodes.allSatisfy { node in
            if node.address == nil || station.address == nil { return !node.macs.isEmpty && node.address != station.address }
            return node.address != station.address
        }
    }

    /// Why one of two claimants is a host that took the VIP's address, and no rival announcer.
    struct Intruder {
        var claim: Claim
        var rival: Claim
        var reason: String
        var evidence: [Evidence]
    }

    /// Nil where nothing tells the two apart.
    func intruder(_ conflict: ClaimConflict) -> Intruder? {
        let pair = (conflict.first, conflict.second)
        if isForeign(pair.0.station) != isForeign(pair.1.station) {
            return intruder(pair) { isForeign($0.station) ? ("it is no node of the site file", []) : nil }
        }
        let most = site.thresholds.proxyAddresses
        return intruder(pair) { claim in
            guard claim.otherAnswers.count >= most, site.node(claim.station.mac) == nil else { return nil }
            let frames = claim.otherAnswers.prefix(most)
            return (
                "it answers for \(claim.otherAnswers.count) other addresses, as proxies do",
                frames.map { Evidence($0, "\(claim.station.mac) answers for another address") }
            )
        }
            ?? intruder(pair) { claim in
                guard let probe = claim.probe, site.node(claim.station.mac) == nil else { return nil }
                let ago = Text.duration(claim.frame.time - probe.time)
                return (
                    "it asked \(ago) before whether the address was free, as hosts do with their own",
                    [Evidence(probe, "\(claim.station.mac) probes the address (RFC 5227)")]
                )
            }
    }

    /// The one of the two of which it is true; none where it is true of both.
    private func intruder(_ pair: (Claim, Claim), _ test: (Claim) -> (String, [Evidence])?) -> Intruder? {
        switch (test(pair.0), test(pair.1)) {
        case (let found?, nil): Intruder(claim: pair.0, rival: pair.1, reason: found.0, evidence: found.1)
        case (nil, let found?): Intruder(claim: pair.1, rival: pair.0, reason: found.0, evidence: found.1)
        default: nil
        }
    }
}

extension ClaimConflict {
    /// How the two claim it, behind their names, and the packets that show it.
    func words(_ known: Knowledge) -> (text: String, evidence: [Evidence]) {
        var evidence: [Evidence] = []
        let text: String
        if isSameRequest {
            let asker = first.asker.map(known.asker) ?? "a station"
            if let request = first.request { evidence.append(Evidence(request, "who has \(address), asks \(asker)")) }
            text = "answered one request of \(asker), \(first.answerTime) and \(second.answerTime) after it"
        } else {
            let delay = Text.duration(first.frame.time - (earlier?.frame.time ?? first.frame.time))
            text = "the first still \(delay) after the other's answer"
            if let earlier { evidence.append(Evidence(earlier.frame, "reply: it is at \(earlier.station.mac)")) }
        }
        evidence.append(Evidence(first.frame, "reply: it is at \(first.station.mac)"))
        evidence.append(Evidence(second.frame, "reply: it is at \(second.station.mac)"))
        return (text, evidence)
    }
}

extension Claim {
    fileprivate var answerTime: String { request.map { Text.duration(frame.time - $0.time) } ?? "some time" }
}

/// The last request for each VIP that was answered, and by whom alone: when a conflict is over.
struct SoleAnnouncer {
    private var lastAnswer: [IPAddress: Claim] = [:]

    mutating func conflict(over vip: IPAddress) { lastAnswer[vip] = nil }

    /// A request that one station alone answered, long after the conflict, and this next one, too: the other is gone.
    mutating func isAlone(_ claim: Claim, since conflict: Timestamp?, _ known: Knowledge) -> Claim? {
        defer { lastAnswer[claim.address] = claim }
        guard let conflict, let alone = lastAnswer[claim.address], alone.request != claim.request,
            alone.station.mac == claim.station.mac, alone.frame.time - conflict >= known.site.thresholds.soleAnnouncer
        else { return nil }
        return alone
    }
}

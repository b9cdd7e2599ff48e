package import Flows
import Site
import Wire

/// A station that is no node announces a VIP.
///
/// *Means*: a forgotten cluster or load balancer, a new node that the site file does not know, or a host with the VIP's address.
/// *Proven by*: a claim that tells or answers others, by a MAC of none of the nodes that the site file lists.
/// *Looks the same*: VRRP's virtual MACs; a site file that lists no nodes, or one without its MACs.
package struct UnknownHostRule: Rule {
    package static let label = Label.announcedByUnknownHost
    package static let kinds: FlowEvent.Kinds = .claim

    package static let explanation = Explanation(
        severity: .warning,
        title: "A station that is no node announces the VIP",
        meaning: """
            The station that announces the VIP, or answers for it, is none of the nodes that the site file lists. Either the list is old, or \
            something outside the cluster has taken the address: a second cluster, a leftover load balancer, a host.
            """,
        proof: "A claim on the VIP (gratuitous ARP, a reply, VRRP or a neighbour advertisement) by a MAC of no node of the site file.",
        lookAlikes: [
            "VRRP's virtual MACs, which are no node's own.", "A site file without nodes, or with nodes whose MACs it does not give.",
        ],
        remedy: [
            "ip neigh show {vip}   # the MAC that clients use; its first three octets name the maker",
            "kubectl get nodes -o wide   # is it a node that the site file does not list yet?",
        ])

    package init() {}

    package mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
        guard case .claim(let claim) = event, claim.means.announces, !known.site.nodes.isEmpty, known.isVIP(claim.address) else { return }
        let subject = Finding.Subject(vip: claim.address)
        guard known.isForeign(claim.station) else {
            // Where both claim it, the stranger is still there.
            if let finding = book.openFinding(Self.label, subject), !claim.station.mac.isVRRP,
                claim.frame.time - finding.lastSeen >= known.site.thresholds.soleAnnouncer
            {
                book.resolve(
                    Self.label, subject, at: claim.frame.time, because: Evidence(claim.frame, "\(known.name(claim.station)) claims it now"))
            }
            return
        }
        if book.countAgain(Self.label, subject, at: claim.frame.time) { return }
        var how = claim.means.words
        if let request = claim.request { how += " after \(Text.duration(claim.frame.time - request.time))" }
        var finding = Finding(
            Self.label, .warning, subject, .proven, at: claim.frame.time,
            summary: "\(known.name(claim.station)), which is no node of the site file, announces \(known.name(claim.address)) (\(how))",
            evidence: [Evidence(claim.frame, "\(claim.means.words): \(claim.address) is at \(claim.station.mac)")])
        finding.ruledOut = [Exclusion("vrrp", because: "it is no virtual MAC")]
        finding.remedy = Self.explanation.remedy(["vip": claim.address.description])
        book.state(finding, at: claim.frame.time)
    }
}

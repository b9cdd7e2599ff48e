import Wire

/// VRRP over time: which station advertises an address. The advertisements come every second or faster, so only the first one, one by
/// another station, and one after a silence are told as claims.
struct VirtualRouters: ~Copyable {
    private struct Router: Equatable {
        var mac: MACAddress
        /// The sender's own address tells two routers apart that share one virtual MAC (RFC 9568 §7.3).
        var address: IPAddress
    }

    private var table: FlowTable<Neighbours.AddressKey, Router>
    private let limits: Limits

    init(limits: Limits, hashKey: UInt64) {
        self.limits = limits
        table = FlowTable(limit: limits.addresses, hashKey: hashKey, timeOuts: [limits.memory])
    }

    var evictions: UInt64 { table.evictions }

    mutating func observe(
        _ advertisement: VRRPAdvertisement, _ packet: borrowing Packet, _ neighbours: inout Neighbours, _ scope: Scope,
        into events: inout [FlowEvent]
    ) {
        guard let mac = packet.sourceMAC, let source = packet.source, !advertisement.isResignation else { return }
        for address in advertisement.addresses where scope.follows(address) {
            let router = Router(mac: mac, address: source)
            let key = Neighbours.AddressKey(vlan: packet.vlan.key, address: address)
            if let slot = table.find(key) {
                let silence = packet.frame.time - table.lastTouch(of: slot)
                table.touch(slot, at: packet.frame.time)
                if table[slot] == router, silence <= limits.claimSilence { continue }
                table[slot] = router
            } else {
                table.insert(key, router, lane: 0, at: packet.frame.time)
            }
            neighbours.claim(
                Claim(
                    vlan: packet.vlan.key, address: address, station: Station(mac: mac, address: source), means: .vrrp,
                    frame: packet.frame),
                into: &events)
        }
    }

    mutating func advance(to time: Timestamp) {
        while let expired = table.nextExpired(before: time) { table.remove(expired.slot) }
    }
}

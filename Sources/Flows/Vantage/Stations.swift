import Wire

/// What each station was seen to do: whether its unicast is visible here, which address is its own, whether it forwards.
///
/// A switched LAN shows a sensor all broadcasts but only some unicast, so silence proves something only where unicast of the same
/// station has been seen (CATALOGUE: vantage).
struct Stations: ~Copyable {
    struct Key: TableKey {
        var mac: MACAddress
        @inline(__always)
        func hash(into hash: inout KeyedHash) { hash.mix(mac.rawValue) }
    }

    struct Record {
        /// To whom it last sent unicast.
        var peer = MACAddress.zero
        /// When unicast was last seen between it and another station, both ways.
        var lastVisible = Timestamp.distantPast
        /// What it calls its own when it asks by ARP, and by neighbor solicitation.
        var address: IPv4Address?
        var address6: IPv6Address?
        var forwards = false
        var asksQueries = false
        var answersQueries = false

        func owns(_ source: IPAddress) -> Bool {
            switch source {
            case .v4(let source): source == address
            // A host has many addresses of IPv6, and link-local ones are never passed on (RFC 4291 §2.5.6).
            case .v6(let source): source == address6 || source.isLinkLocal
            }
        }
    }

    private var table: FlowTable<Key, Record>
    /// Where the last few senders and receivers stand: most packets are of stations that were just seen. Empty after every change of places.
    private var recent = InlineArray<16, (mac: MACAddress, slot: Int)>(repeating: (.zero, -1))
    private let limits: Limits
    /// The stations of the first exchange, and which of them took part in every one since: at the end the sensor's own, if there is one.
    private var first = (MACAddress.zero, MACAddress.zero)
    private var isCommon = (false, false)
    private var sawEthernet = false
    private var sawExchange = false
    private var sawOthersUnicast = false

    init(limits: Limits, hashKey: UInt64) {
        self.limits = limits
        table = FlowTable(limit: limits.stations, hashKey: hashKey, timeOuts: [limits.memory])
    }

    var evictions: UInt64 { table.evictions }

    var vantage: Vantage {
        guard sawEthernet else { return .unknown }
        return sawOthersUnicast ? .mirror : sawExchange ? .station : .broadcastOnly
    }

    mutating func observe(_ packet: borrowing Packet, _ scope: Scope) {
        guard let mac = packet.sourceMAC else { return }
        let now = packet.frame.time
        let sender = slot(mac, at: now)
        if let ethernet = packet.ethernet {
            sawEthernet = true
            if !ethernet.destination.isMulticast { noteUnicast(ethernet, sender, at: now) }
        }
        noteHop(packet, slot: sender, scope)
    }

    @inline(__always)
    private mutating func noteUnicast(_ ethernet: EthernetHeader, _ sender: Int, at now: Timestamp) {
        let receiver = slot(ethernet.destination, at: now, keeping: sender)
        if table[sender].peer != ethernet.destination { table[sender].peer = ethernet.destination }
        // One direction alone could be a switch that floods.
        guard table[receiver].peer == ethernet.source else { return }
        table[sender].lastVisible = now
        table[receiver].lastVisible = now
        if !sawOthersUnicast { noteExchange(ethernet.source, ethernet.destination) }
    }

    @inline(__always)
    private mutating func slot(_ mac: MACAddress, at now: Timestamp, keeping other: Int? = nil) -> Int {
        let place = Int(truncatingIfNeeded: mac.rawValue & 15)
        let slot = recent[place].slot
        guard recent[place].mac == mac, slot >= 0 else { return search(mac, place, at: now, keeping: other) }
        table.refresh(slot, at: now)
        return slot
    }

    private mutating func search(_ mac: MACAddress, _ place: Int, at now: Timestamp, keeping other: Int?) -> Int {
        let key = Key(mac: mac)
        if let slot = table.find(key) {
            table.refresh(slot, at: now)
            recent[place] = (mac, slot)
            return slot
        }
        if let other { table.touch(other, at: now) }
        forgetRecent()
        return table.insert(key, Record(), lane: 0, at: now)
    }

    private mutating func noteExchange(_ source: MACAddress, _ destination: MACAddress) {
        guard sawExchange else {
            sawExchange = true
            first = (source, destination)
            isCommon = (true, true)
            return
        }
        if first.0 != source, first.0 != destination { isCommon.0 = false }
        if first.1 != source, first.1 != destination { isCommon.1 = false }
        sawOthersUnicast = !isCommon.0 && !isCommon.1
    }

    /// Hosts send with a TTL of 64, 128 or 255, traceroute with small ones: what another host sent and this station passed on has less.
    @inline(__always)
    private mutating func noteHop(_ packet: borrowing Packet, slot: Int, _ scope: Scope) {
        switch packet.timeToLive {
        case 0...32, 64, 128, 255: return
        default: break
        }
        guard let source = packet.source else { return }
        if !table[slot].owns(source), !scope.isVIP(source) { table[slot].forwards = true }
    }

    /// A host that asks by ARP or neighbor solicitation states its own binding. Of its addresses of IPv6 one that is not link-local tells
    /// more.
    mutating func own(_ mac: MACAddress, _ address: IPAddress, at now: Timestamp) {
        let slot = slot(mac, at: now)
        switch address {
        case .v4(let address): table[slot].address = address
        case .v6(let address):
            if !address.isLinkLocal || table[slot].address6?.isLinkLocal ?? true { table[slot].address6 = address }
        }
    }

    mutating func asksQuery(_ mac: MACAddress, at now: Timestamp) { table[slot(mac, at: now)].asksQueries = true }
    mutating func answersQuery(_ mac: MACAddress, at now: Timestamp) { table[slot(mac, at: now)].answersQueries = true }

    func station(_ mac: MACAddress, isIPv6: Bool = false) -> Station {
        let slot = table.find(Key(mac: mac))
        let address = slot.flatMap { isIPv6 ? table[$0].address6.map(IPAddress.v6) : table[$0].address.map(IPAddress.v4) }
        return Station(mac: mac, address: address)
    }

    /// It passes on what other hosts sent.
    func forwards(_ mac: MACAddress) -> Bool { table.find(Key(mac: mac)).map { table[$0].forwards } ?? false }

    /// It answers others' queries and asks further servers itself (CATALOGUE: "resolver").
    func resolves(_ mac: MACAddress) -> Bool {
        table.find(Key(mac: mac)).map { table[$0].asksQueries && table[$0].answersQueries } ?? false
    }

    /// An answer to this station would be seen here: its unicast was, not long before, with more than the sensor's own station, or it is
    /// the sensor's own.
    func unicastIsVisible(of mac: MACAddress, at now: Timestamp) -> Bool {
        guard let slot = table.find(Key(mac: mac)), now - table[slot].lastVisible <= limits.visibility else { return false }
        return sawOthersUnicast || (isCommon.0 && !isCommon.1 && first.0 == mac) || (isCommon.1 && !isCommon.0 && first.1 == mac)
    }

    mutating func advance(to time: Timestamp) {
        while let expired = table.nextExpired(before: time) {
            table.remove(expired.slot)
            forgetRecent()
        }
    }

    private mutating func forgetRecent() { recent = InlineArray(repeating: (.zero, -1)) }
}

/// Where this capture was taken, as far as its unicast tells.
package enum Vantage: String, Hashable, Sendable, CaseIterable {
    /// Nothing has hardware addresses.
    case unknown
    /// Unicast between stations that have none in common.
    case mirror
    /// All unicast is one station's.
    case station
    /// No unicast at all.
    case broadcastOnly = "broadcast_only"
}

import Wire

/// What each station was seen to do: whether its unicast is visible here, which address is its own, whether it forwards.
///
/// A switched LAN shows a sensor all broadcasts but only some unicast, so silence proves something only where unicast of the same
/// station has been seen (CATALOGUE: vantage).
struct Stations {
    struct Key: TableKey {
        var mac: MACAddress
        func hash(into hash: inout KeyedHash) { hash.mix(mac.rawValue) }
    }

    struct Record {
        /// To whom it last sent unicast.
        var peer = MACAddress.zero
        /// When unicast was last seen between it and another station, both ways.
        var lastVisible = Timestamp.distantPast
        var address: IPAddress?
        /// Two source addresses other than its own: it forwards for others.
        var foreign: (first: IPAddress?, second: IPAddress?) = (nil, nil)
        var resolves = false
    }

    private var table: FlowTable<Key, Record>
    private let limits: Limits
    /// The stations that took part in every exchange so far: at the end the sensor's own, if there is one.
    private var common: (MACAddress?, MACAddress?) = (nil, nil)
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

    mutating func observe(_ packet: Packet, _ scope: Scope) {
        guard let mac = packet.sourceMAC else { return }
        let now = packet.frame.time
        let sender = slot(mac, at: now)
        if packet.ethernet != nil { sawEthernet = true }
        if let ethernet = packet.ethernet, !ethernet.destination.isMulticast {
            let receiver = slot(ethernet.destination, at: now)
            table[sender].peer = ethernet.destination
            // One direction alone could be a switch that floods.
            if table[receiver].peer == ethernet.source {
                table[sender].lastVisible = now
                table[receiver].lastVisible = now
                noteExchange(ethernet.source, ethernet.destination)
            }
        }
        if let source = packet.source { noteSource(source, slot: sender, scope) }
    }

    private mutating func slot(_ mac: MACAddress, at now: Timestamp) -> Int {
        let key = Key(mac: mac)
        if let slot = table.find(key) {
            table.refresh(slot, at: now)
            return slot
        }
        return table.insert(key, Record(), lane: 0, at: now)
    }

    private mutating func noteExchange(_ source: MACAddress, _ destination: MACAddress) {
        guard sawExchange else {
            sawExchange = true
            common = (source, destination)
            return
        }
        guard !sawOthersUnicast else { return }
        if common.0 != source, common.0 != destination { common.0 = nil }
        if common.1 != source, common.1 != destination { common.1 = nil }
        sawOthersUnicast = common.0 == nil && common.1 == nil
    }

    @inline(__always)
    private mutating func noteSource(_ source: IPAddress, slot: Int, _ scope: Scope) {
        if table[slot].foreign.second != nil || source == table[slot].foreign.first || source == table[slot].address { return }
        if scope.isVIP(source) { return }
        if table[slot].foreign.first == nil {
            table[slot].foreign.first = source
        } else {
            table[slot].foreign.second = source
        }
    }

    /// An ARP sender states its own binding.
    mutating func own(_ mac: MACAddress, _ address: IPAddress, at now: Timestamp) {
        let slot = slot(mac, at: now)
        table[slot].address = address
        if table[slot].foreign.first == address { table[slot].foreign.first = nil }
    }

    mutating func resolves(_ mac: MACAddress, at now: Timestamp) {
        table[slot(mac, at: now)].resolves = true
    }

    func station(_ mac: MACAddress) -> Station {
        Station(mac: mac, address: table.find(Key(mac: mac)).flatMap { table[$0].address })
    }

    func forwards(_ mac: MACAddress) -> Bool {
        guard let slot = table.find(Key(mac: mac)) else { return false }
        let record = table[slot]
        // Its own address may be unknown; then one source could be its own, and two prove that it forwards.
        return record.address == nil ? record.foreign.second != nil : record.foreign.first != nil
    }

    func answersQueries(_ mac: MACAddress) -> Bool {
        table.find(Key(mac: mac)).map { table[$0].resolves } ?? false
    }

    /// An answer to this station would be seen here: its unicast was, not long before, with more than the sensor's own station, or it is
    /// the sensor's own.
    func unicastIsVisible(of mac: MACAddress, at now: Timestamp) -> Bool {
        guard let slot = table.find(Key(mac: mac)), now - table[slot].lastVisible <= limits.visibility else { return false }
        return sawOthersUnicast || (common.0 == mac && common.1 == nil) || (common.1 == mac && common.0 == nil)
    }

    mutating func advance(to time: Timestamp) {
        while let expired = table.nextExpired(before: time) { table.remove(expired.slot) }
    }
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

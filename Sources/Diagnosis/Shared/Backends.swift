import Flows
import Wire

/// What tells the backends behind a VIP apart in a connection to it (CATALOGUE: `backend-inconsistent`).
struct BackendFingerprint: Hashable {
    var timeToLive: UInt8?
    var mac: MACAddress?
    /// The SYN-ACK's window and options.
    var offer: TCPOffer?
    /// Where the announcer passed the client's packets on to.
    var leg: MACAddress?

    init(_ connection: TCPConnection) {
        timeToLive = connection.responderTTL.flatMap { Self.isNear($0) ? $0 : nil }
        mac = connection.responderMAC
        offer = connection.responderOffer
        leg = connection.traffic?.hops.first { $0.fromOriginator }?.destination
    }

    /// The announcer that passes packets on, a router, and one to spare: from further away, a TTL tells of ways that differ, too.
    static let mostHops: UInt8 = 3

    /// Hosts begin at 64, 128 or 255.
    private static func isNear(_ timeToLive: UInt8) -> Bool {
        [64, 128, 255].contains { $0 >= timeToLive && $0 - timeToLive <= mostHops }
    }

    /// One aspect of it, in words; nil where it was not seen.
    static let aspects: [@Sendable (Self) -> String?] = [
        { $0.timeToLive.map { "TTL \($0)" } },
        { $0.offer.map { "SYN-ACK window \($0.window)" } },
        { $0.offer.flatMap { $0.hasOptions ? $0.maximumSegmentSize.map { "MSS \($0)" } ?? "no MSS" : nil } },
        { fingerprint in
            fingerprint.offer.flatMap { offer in
                guard offer.hasOptions else { return nil }
                return "scale \(offer.windowScale.map(String.init) ?? "none"), SACK \(offer.sackPermitted ? "yes" : "no"), timestamps "
                    + (offer.hasTimestamps ? "yes" : "no")
            }
        },
        { $0.mac.map { "answers from \($0)" } },
        { $0.leg.map { "passed on to \($0)" } },
    ]

    /// What all of one kind have in common and none of the other kind has.
    static func difference(_ one: [Self], _ other: [Self]) -> [(one: String, other: String)] {
        aspects.compactMap { aspect in
            let (first, second) = (Set(one.compactMap(aspect)), Set(other.compactMap(aspect)))
            guard !first.isEmpty, !second.isEmpty, first.isDisjoint(with: second) else { return nil }
            return (Text.list(first.sorted()), Text.list(second.sorted()))
        }
    }
}

/// A client, and the port of a VIP that it uses.
struct ClientService: Hashable {
    var vip: IPAddress
    var port: Port
    var client: IPAddress

    init(_ connection: TCPConnection) {
        (vip, port, client) = (connection.responder.address, connection.responder.port, connection.originator.address)
    }

    init(_ handshake: TLSHandshake) {
        (vip, port, client) = (handshake.server.address, handshake.server.port, handshake.client.address)
    }

    var subject: Finding.Subject { Finding.Subject(vip: vip, port: port, client: client) }
}

extension Collection {
    /// How often neighbours differ: two such changes are something that comes back.
    func changes(_ isSame: (Element, Element) -> Bool) -> Int { zip(self, dropFirst()).count { !isSame($0, $1) } }
}

/// Bounded state by client and service: where there are too many, those that rested longest go first.
struct ServiceTable<Record: Sendable>: Sendable {
    private var records: [ClientService: (record: Record, last: Timestamp)] = [:]
    private static var most: Int { 256 }

    subscript(key: ClientService) -> Record? { records[key]?.record }

    mutating func update(_ key: ClientService, at time: Timestamp, _ initial: @autoclosure () -> Record, _ change: (inout Record) -> Void) {
        if records[key] == nil, records.count == Self.most {
            let cut = time - .seconds(60)
            records = records.filter { $0.value.last > cut }
            if records.count == Self.most { records = [:] }
        }
        change(&records[key, default: (initial(), time)].record)
        records[key]?.last = time
    }

    /// An announcer changed: whoever was met before was another.
    mutating func forget(_ vip: IPAddress) {
        if records.keys.contains(where: { $0.vip == vip }) { records = records.filter { $0.key.vip != vip } }
    }

    mutating func remove(_ key: ClientService) { records[key] = nil }
}

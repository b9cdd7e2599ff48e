package import Wire

/// Why a client tried HTTP/3, as far as the wire tells (CATALOGUE: "QUIC and HTTP/3").
package struct HTTP3Reason: Hashable, Sendable {
    package var kind: Kind
    /// Where an HTTPS record is the reason.
    package var promise: HTTP3Promise?

    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// An HTTPS answer with h3 for that name came first.
        case httpsRecord = "https_rr"
        /// The client's DNS was visible and held none.
        case remembered
        case unknown
    }

    package static let unknown = Self(kind: .unknown)
}

/// An HTTPS answer that promises HTTP/3 (RFC 9460 §9.3).
package struct HTTP3Promise: Hashable, Sendable {
    /// The name that was asked for.
    package var name: DNSName
    /// Who gave the answer.
    package var server: IPAddress
    package var frame: FrameReference
    /// With those of its parameters that have room, most of all in bad faith.
    private var binding: ServiceBinding
    package let offersECH: Bool
    /// When the client has forgotten it.
    package var expires: Timestamp

    init(_ binding: ServiceBinding, of name: DNSName, by server: IPAddress, _ frame: FrameReference, timeToLive: UInt32) {
        self.name = name
        self.server = server
        self.frame = frame
        self.binding = binding.shortened(to: Self.mostOctets)
        offersECH = binding.offersECH
        expires = frame.time + .seconds(Int64(min(max(timeToLive, Self.leastSeconds), Self.mostSeconds)))
    }

    package var alpn: [TLSName] { binding.alpn.map(TLSName.init(octets:)) }
    package var ipv4Hints: [IPv4Address] { binding.ipv4Hints }
    package var ipv6Hints: [IPv6Address] { binding.ipv6Hints }
    package var hints: [IPAddress] {
        var hints: [IPAddress] = []
        forEachHint { hints.append($0) }
        return hints
    }

    /// Calls the closure for each address that the record names, those of IPv4 first.
    func forEachHint(_ body: (IPAddress) -> Void) { binding.forEachHint(body) }

    private static let mostOctets = 1024
    /// Chromium keeps an answer for a minute at least (kMinimumTTLSeconds), and nobody believes one for longer than a day.
    private static let leastSeconds: UInt32 = 60
    private static let mostSeconds: UInt32 = 86_400
}

/// Which clients were told that a name, or an address, speaks HTTP/3.
struct HTTP3Hints: ~Copyable {
    private enum Subject: Hashable, Sendable {
        /// Hashed with its case folded, as a query's: names that nobody asks about are looked up without the heap.
        case name(UInt64)
        /// An address that the record names: for hellos that are not whole.
        case address(IPAddress)
    }

    private struct Key: TableKey {
        var client: IPAddress
        var subject: Subject

        func hash(into hash: inout KeyedHash) {
            hash.mix(client)
            switch subject {
            case .address(let address): hash.mix(address)
            case .name(let name): hash.mix(name)
            }
        }
    }

    private var table: FlowTable<Key, HTTP3Promise>
    private let hashKey: UInt64
    /// Addresses of a record under which it is found.
    private static let mostAddresses = 4

    init(limits: Limits, hashKey: UInt64) {
        self.hashKey = hashKey
        table = FlowTable(limit: limits.http3Hints, hashKey: hashKey, timeOuts: [limits.memory])
    }

    /// Promises that had to be forgotten while their clients remember them.
    private(set) var evictions: UInt64 = 0
    var nextDeadline: Timestamp { table.nextDeadline }

    /// Takes the answer to a question for an HTTPS record, whoever's: only the answer about its addresses, or the attempt, may tell that it
    /// concerns a VIP. The last one counts, and it may take the promise back.
    mutating func note(
        _ message: Span<UInt8>, _ header: DNSHeader, _ name: DNSNameBuffer, to client: IPAddress, by server: IPAddress,
        _ frame: FrameReference
    ) {
        guard header.responseCode == .noError else { return }
        let promise = Self.promise(in: message, header, of: name, by: server, frame)
        let key = Key(client: client, subject: subject(name))
        guard let promise else {
            if let slot = table.find(key) { table.remove(slot) }
            return
        }
        put(promise, key)
        var addresses = 0
        promise.forEachHint { address in
            if addresses < Self.mostAddresses { put(promise, Key(client: client, subject: .address(address))) }
            addresses += 1
        }
    }

    /// The heap is touched only where there is an HTTPS record.
    private static func promise(
        in message: Span<UInt8>, _ header: DNSHeader, of name: DNSNameBuffer, by server: IPAddress, _ frame: FrameReference
    ) -> HTTP3Promise? {
        var promise: HTTP3Promise?
        // What does not decode promises nothing.
        try? DNSOctets.forEachAnswer(in: message, header) { record throws(DecodeError) in
            guard record.type == .https, case .serviceBinding(let binding) = DNSRecordData(lenient: message, header: record),
                binding.promisesHTTP3
            else { return false }
            promise = HTTP3Promise(binding, of: name.name, by: server, frame, timeToLive: record.timeToLive)
            return true
        }
        return promise
    }

    private func subject(_ name: DNSNameBuffer) -> Subject {
        var hash = KeyedHash(key: hashKey)
        name.hash(into: &hash)
        return .name(hash.value)
    }

    private mutating func put(_ promise: HTTP3Promise, _ key: Key) {
        guard let slot = table.find(key) else {
            if let victim = table.victim {
                if table[victim].expires >= promise.frame.time { evictions += 1 }
                table.evict(victim)
            }
            table.insert(key, promise, lane: 0, at: promise.frame.time)
            return
        }
        table[slot] = promise
        table.touch(slot, at: promise.frame.time)
    }

    /// What this client was told about the name, or without one about the server's address.
    func promise(to client: IPAddress, for name: TLSName?, at server: IPAddress, now: Timestamp) -> HTTP3Promise? {
        guard table.count > 0 else { return nil }
        let subject: Subject
        if let name {
            guard let name = DNSName(name.description) else { return nil }
            subject = self.subject(DNSNameBuffer(name))
        } else {
            subject = .address(server)
        }
        guard let slot = table.find(Key(client: client, subject: subject)), table[slot].expires >= now else { return nil }
        return table[slot]
    }

    mutating func advance(to time: Timestamp) {
        while let expired = table.nextExpired(before: time) { table.remove(expired.slot) }
    }
}

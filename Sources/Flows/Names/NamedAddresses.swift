package import Wire

/// Addresses that DNS gave for names of the watched zones: what becomes of them tells whether the names are right.
struct NamedAddresses: ~Copyable {
    struct Key: TableKey {
        var address: IPAddress
        func hash(into hash: inout KeyedHash) { hash.mix(address) }
    }

    private var table: FlowTable<Key, NamedAddress>
    private let memory: Interval

    init(limits: Limits, hashKey: UInt64) {
        memory = limits.namedAddressMemory
        table = FlowTable(limit: limits.namedAddresses, hashKey: hashKey, timeOuts: [memory])
    }

    var isEmpty: Bool { table.count == 0 }
    var evictions: UInt64 { table.evictions }

    /// A record that lists a great many addresses shows by its first ones what it is.
    private static let mostOfOneAnswer = 8

    mutating func note(_ answer: DNSOctets, to client: IPAddress, _ frame: FrameReference) {
        guard answer.header.answerCount > 0 else { return }
        var found: [IPAddress] = []
        answer.forEachRecord(of: .answer) { message, _, record in
            var data = message.extracting(record.data)
            var address: IPAddress?
            switch record.type {
            case .a: address = (try? data.read() as IPv4Address).map(IPAddress.v4)
            case .aaaa: address = (try? data.read() as IPv6Address).map(IPAddress.v6)
            default: break
            }
            if let address, found.count < Self.mostOfOneAnswer { found.append(address) }
        }
        guard !found.isEmpty else { return }
        while let (slot, _) = table.nextExpired(before: frame.time) { table.remove(slot) }
        let name = NamedAddress(name: answer.name, client: client, answer: frame)
        for address in found {
            if let slot = table.find(Key(address: address)) {
                table[slot] = name
                table.touch(slot, at: frame.time)
            } else {
                table.insert(Key(address: address), name, lane: 0, at: frame.time)
            }
        }
    }

    subscript(address: IPAddress, at now: Timestamp) -> NamedAddress? {
        guard let slot = table.find(Key(address: address)), now - table.lastTouch(of: slot) <= memory else { return nil }
        return table[slot]
    }
}

/// A name whose address it is, and the last answer that said so.
package struct NamedAddress: Hashable, Sendable {
    package var name: DNSName
    /// Who was told.
    package var client: IPAddress
    package var answer: FrameReference
}

extension IPAddress {
    /// An address of the Internet: neither private nor for a special use (RFC 6890; RFC 4291 §2.4 and the global unicast 2000::/3).
    package var isGlobal: Bool {
        switch self {
        case .v4(let address):
            !address.isPrivate && address.rawValue >> 24 != 0 && address.rawValue >> 24 != 127 && address.rawValue >> 28 < 14
        case .v6(let address): address.high >> 61 == 1
        }
    }
}

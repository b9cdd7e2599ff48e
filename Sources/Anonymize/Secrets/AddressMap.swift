import Wire

/// Addresses for addresses, prefixes kept: two that agree in so many leading bits, and no more, agree in as many afterwards (Xu, Fan, Ammar and
/// Moon, "Prefix-preserving IP address anonymization", 2002). A bit is turned over by what the key makes of the bits before it.
///
/// Special addresses stay in their class: private ones are private, groups are groups, and loopback is what it was.
final class AddressMap {
    private let function: KeyedFunction
    private let keepsVendors: Bool
    private var known: [IPAddress: IPAddress] = [:]
    private var knownMACs: [MACAddress: MACAddress] = [:]

    /// What is remembered spares time and nothing else.
    private static let mostKnown = 1 << 18

    init(_ function: KeyedFunction, keepsVendors: Bool) {
        self.function = function
        self.keepsVendors = keepsVendors
    }

    func callAsFunction(_ address: IPAddress) -> IPAddress {
        if let mapped = known[address] { return mapped }
        let mapped: IPAddress =
            switch address {
            case .v4(let address): .v4(map(address))
            case .v6(let address): .v6(map(address))
            }
        if known.count >= Self.mostKnown { known.removeAll() }
        known[address] = mapped
        return mapped
    }

    func callAsFunction(_ address: IPv4Address) -> IPv4Address {
        if case .v4(let mapped) = self(.v4(address)) { mapped } else { address }
    }

    func callAsFunction(_ address: IPv6Address) -> IPv6Address {
        if case .v6(let mapped) = self(.v6(address)) { mapped } else { address }
    }

    /// The network that the addresses of this one are mapped to.
    func callAsFunction(_ prefix: IPPrefix) -> IPPrefix {
        IPPrefix(address: self(prefix.address).network(prefix.length), length: prefix.length)
    }

    // MARK: IPv4

    /// Networks that stay what they are, and whether addresses move within them.
    private static let special: [(address: UInt32, length: Int, moves: Bool)] = [
        (0x0000_0000, 8, false),  // this network (RFC 791 §3.2)
        (0x0a00_0000, 8, true), (0xac10_0000, 12, true), (0xc0a8_0000, 16, true),  // private (RFC 1918 §3)
        (0x6440_0000, 10, true),  // shared (RFC 6598 §7)
        (0x7f00_0000, 8, false),  // loopback
        (0xa9fe_0000, 16, true),  // link-local (RFC 3927)
        (0xe000_0000, 3, false),  // multicast, reserved, broadcast
    ]

    private func map(_ address: IPv4Address) -> IPv4Address {
        let value = address.rawValue
        if value >> 28 == 0xe { return IPv4Address(rawValue: value & ~0x7f_ffff | map(group: value & 0x7f_ffff)) }
        var mapped = value
        for bit in 0..<32 {
            let prefix = bit == 0 ? 0 : value >> (32 - UInt32(bit))
            // On the way to a special network no bit turns, so that none moves into it or out of it.
            let stays = Self.special.contains { network in
                network.length > bit
                    ? (bit == 0 ? 0 : network.address >> (32 - UInt32(bit))) == prefix
                    : !network.moves && (value ^ network.address) >> (32 - UInt32(network.length)) == 0
            }
            if stays { continue }
            if function(.ipv4, [UInt8(bit)] + prefix.octets)[0] & 1 != 0 { mapped ^= 1 << (31 - UInt32(bit)) }
        }
        return IPv4Address(rawValue: mapped)
    }

    /// Of groups that everybody knows the last 23 bits, and how many of these say so: 224.0.0.0/23, and what devices are found by.
    /// Others' frames have the same addresses (239.0.0.10 has 224.0.0.10's), so that these groups stay, too: nobody could tell whose an address is.
    private static let knownGroups: [(bits: UInt32, length: UInt32)] = [(0, 14), (0x7f_fffa, 23), (0x7f_fffd, 23)]

    /// The last 23 bits by themselves: frames have no more of a group in their address (RFC 1112 §6.4).
    private func map(group value: UInt32) -> UInt32 {
        var mapped = value
        for bit in 0..<23 as Range<UInt32> {
            let prefix = value >> (23 - bit)
            let stays = Self.knownGroups.contains { known in
                known.length > bit ? known.bits >> (23 - bit) == prefix : (known.bits ^ value) >> (23 - known.length) == 0
            }
            if !stays, function(.group, [UInt8(bit)] + prefix.octets)[0] & 1 != 0 { mapped ^= 1 << (22 - bit) }
        }
        return mapped
    }

    // MARK: IPv6

    private func map(_ address: IPv6Address) -> IPv6Address {
        if address.isMulticast { return map(group: address) }
        // An IPv4 address in an IPv6 one: mapped (RFC 4291 §2.5.5.2), translated (RFC 6052 §2.1), or compatible.
        let isTranslated = address.high == 0x0064_ff9b_0000_0000 && address.low >> 32 == 0
        if isTranslated || (address.high == 0 && (address.low >> 32 == 0xffff || (address.low >> 32 == 0 && address.low > 1))) {
            let low = self(IPv4Address(rawValue: UInt32(truncatingIfNeeded: address.low))).rawValue
            return IPv6Address(high: address.high, low: address.low & ~0xffff_ffff | UInt64(low))
        }
        if address.high == 0, address.low <= 1 { return address }
        let kept =
            switch address.high >> 56 {
            case 0x20...0x3f: 3  // global unicast
            case 0xfc, 0xfd, 0: 8  // unique local (RFC 4193 §3.1)
            case 0xfe where address.isLinkLocal: 64
            default: address.high >> 61 == 7 ? 16 : 3
            }
        return map(address, from: kept)
    }

    /// The last 24 bits are mapped by themselves, whatever stands before them: a solicited-node group holds no more of an address (RFC 4291 §2.7.1),
    /// and one interface has several addresses with one group.
    private func map(_ address: IPv6Address, from kept: Int) -> IPv6Address {
        var mapped = address
        for bit in kept..<104 {
            var prefix = (bit < 64 ? 0 : address.high).octets
            prefix += (bit < 64 ? address.high >> (64 - UInt64(bit)) : bit == 64 ? 0 : address.low >> (128 - UInt64(bit))).octets
            guard function(.ipv6, [UInt8(bit)] + prefix)[0] & 1 != 0 else { continue }
            if bit < 64 { mapped.high ^= 1 << (63 - UInt64(bit)) } else { mapped.low ^= 1 << (127 - UInt64(bit)) }
        }
        mapped.low = mapped.low & ~0xff_ffff | UInt64(map(lowest: UInt32(truncatingIfNeeded: address.low & 0xff_ffff)))
        return mapped
    }

    private func map(lowest value: UInt32) -> UInt32 {
        var mapped = value
        for bit in 0..<24 {
            let prefix = value >> (24 - UInt32(bit))
            if function(.lowest24, [UInt8(bit)] + prefix.octets)[0] & 1 != 0 { mapped ^= 1 << (23 - UInt32(bit)) }
        }
        return mapped
    }

    /// Groups stay, but for what they hold of unicast addresses: solicited-node groups, and those made of a network's prefix (RFC 3306 §4).
    private func map(group: IPv6Address) -> IPv6Address {
        if group.high == 0xff02_0000_0000_0000, group.low >> 24 == 0x1_ff {
            return IPv6Address(high: group.high, low: group.low & ~0xff_ffff | UInt64(map(lowest: UInt32(group.low & 0xff_ffff))))
        }
        guard group.high >> 52 & 2 != 0 else { return group }
        let prefix = self(IPv6Address(high: group.high << 32 | group.low >> 32, low: 0)).high
        return IPv6Address(high: group.high & ~0xffff_ffff | prefix >> 32, low: prefix << 32 | group.low & 0xffff_ffff)
    }

    // MARK: MAC

    /// Groups follow their IP addresses; VRRP's virtual addresses name no device. Others may hold a balanced address: 03:bf, with octets of it.
    func callAsFunction(_ address: MACAddress) -> MACAddress {
        if address.rawValue >> 24 == 0x33_33ff {
            return MACAddress(rawValue: 0x3333_ff00_0000 | UInt64(map(lowest: UInt32(truncatingIfNeeded: address.rawValue & 0xff_ffff))))
        }
        if address.rawValue >> 23 == 0x0100_5e00_0000 >> 23 {
            let group = map(group: UInt32(truncatingIfNeeded: address.rawValue & 0x7f_ffff))
            return MACAddress(rawValue: 0x0100_5e00_0000 | UInt64(group))
        }
        if address.stays { return address }
        if let mapped = knownMACs[address] { return mapped }
        // Of those that stay none may be met; few are, so that a second step leads out.
        var mapped = map(address)
        while mapped.stays || mapped.rawValue >> 24 == 0x33_33ff { mapped = map(mapped) }
        if knownMACs.count >= Self.mostKnown { knownMACs.removeAll() }
        knownMACs[address] = mapped
        return mapped
    }

    private func map(_ address: MACAddress) -> MACAddress {
        var value = address.rawValue
        // Group and local bits stay (IEEE 802-2014 §8.2.2).
        // No vendor has assigned an address with either of them, and 02:42 and 02:bf are followed by an IP address.
        let isVendors = address.rawValue >> 40 & 3 == 0
        for bit in (keepsVendors && isVendors ? 24 : 0)..<48 where bit != 6 && bit != 7 {
            let prefix = address.rawValue >> (48 - UInt64(bit))
            if function(.mac, [UInt8(bit)] + prefix.octets)[0] & 1 != 0 { value ^= 1 << (47 - UInt64(bit)) }
        }
        return MACAddress(rawValue: value)
    }
}

extension MACAddress {
    fileprivate var stays: Bool {
        // Broadcast, groups of IPv6 and of IPv4 (RFC 7042 §2.1), and of bridges (IEEE 802.1Q §8.6.3).
        self == .zero || self == .broadcast || isVRRP || rawValue >> 32 == 0x3333 || rawValue >> 24 == 0x01_80c2
            || rawValue >> 24 == 0x01_005e
    }
}

extension IPAddress {
    /// With no more than so many leading bits.
    fileprivate func network(_ length: Int) -> IPAddress {
        switch self {
        case .v4(let address):
            return .v4(IPv4Address(rawValue: length <= 0 ? 0 : address.rawValue & (.max << (32 - UInt32(min(32, length))))))
        case .v6(let address):
            if length <= 64 { return .v6(IPv6Address(high: length <= 0 ? 0 : address.high & (.max << (64 - UInt64(length))), low: 0)) }
            return .v6(IPv6Address(high: address.high, low: address.low & (.max << (128 - UInt64(min(128, length))))))
        }
    }
}

package import Wire

/// What an ICMP error of either family says, without what it quotes: types and codes mean different things in the two (RFC 792, RFC 4443).
package struct ICMPReport: Hashable, Sendable {
    package var isIPv6: Bool
    package var type: UInt8
    package var code: UInt8
    /// The MTU of the next hop, in "fragmentation needed" and "packet too big" (RFC 1191 §4, RFC 4443 §3.2).
    package var nextHopMTU: UInt32?
    /// The better first hop that a redirect names (RFC 792, RFC 4861 §4.5).
    package var gateway: IPAddress?

    package init(_ message: ICMPv4Message) {
        isIPv6 = false
        (type, code) = (message.type.rawValue, message.code)
        nextHopMTU = message.nextHopMTU.map(UInt32.init)
        gateway = message.gateway.map(IPAddress.v4)
    }

    package init(_ message: ICMPv6Message) {
        isIPv6 = true
        (type, code) = (message.type.rawValue, message.code)
        nextHopMTU = message.nextHopMTU
        if case .redirect(let target, _)? = message.discovery?.content { gateway = .v6(target) }
    }

    /// What a sender is told, whatever the family's number for it.
    package enum Meaning: Hashable, Sendable {
        case networkUnreachable, hostUnreachable, portUnreachable, protocolUnreachable
        /// A filter forbids it.
        case prohibited
        /// The destination cannot be reached for another reason.
        case otherUnreachable
        /// Fragmentation needed, or packet too big: path-MTU discovery at work, no refusal.
        case tooBig
        case redirect
        case timeExceeded
        case other
    }

    package var meaning: Meaning {
        isIPv6 ? meaning(ICMPv6Message.MessageType(rawValue: type)) : meaning(ICMPv4Message.MessageType(rawValue: type))
    }

    private func meaning(_ type: ICMPv4Message.MessageType) -> Meaning {
        switch (type, code) {
        case (.unreachable, 0): .networkUnreachable
        case (.unreachable, 1): .hostUnreachable
        case (.unreachable, 2): .protocolUnreachable
        case (.unreachable, 3): .portUnreachable
        case (.unreachable, 4): .tooBig
        case (.unreachable, 9), (.unreachable, 10), (.unreachable, 13): .prohibited
        case (.unreachable, _): .otherUnreachable
        case (.redirect, _): .redirect
        case (.timeExceeded, _): .timeExceeded
        default: .other
        }
    }

    private func meaning(_ type: ICMPv6Message.MessageType) -> Meaning {
        switch (type, code) {
        case (.unreachable, 0): .networkUnreachable
        case (.unreachable, 1): .prohibited
        case (.unreachable, 3): .hostUnreachable
        case (.unreachable, 4): .portUnreachable
        case (.unreachable, _): .otherUnreachable
        // An upper-layer protocol that nobody knows (RFC 4443 §3.4).
        case (.parameterProblem, 1): .protocolUnreachable
        case (.packetTooBig, _): .tooBig
        case (.redirect, _): .redirect
        case (.timeExceeded, _): .timeExceeded
        default: .other
        }
    }

    /// The packet that is quoted will not arrive, and not for its size.
    package var isUnreachable: Bool {
        switch meaning {
        case .networkUnreachable, .hostUnreachable, .portUnreachable, .protocolUnreachable, .prohibited, .otherUnreachable: true
        case .tooBig, .redirect, .timeExceeded, .other: false
        }
    }

    package var name: String {
        isIPv6
            ? ICMPv6Name.of(type: ICMPv6Message.MessageType(rawValue: type), code: code)
            : ICMPv4Name.of(type: ICMPv4Message.MessageType(rawValue: type), code: code)
    }
}

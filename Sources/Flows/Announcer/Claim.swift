package import Wire

/// A station on the LAN, as far as it is known.
package struct Station: Hashable, Sendable {
    package var mac: MACAddress
    /// The address that it claims as its own in ARP or Neighbor Discovery, other than a VIP.
    package var address: IPAddress?

    package init(mac: MACAddress, address: IPAddress? = nil) {
        self.mac = mac
        self.address = address
    }
}

/// A host says that an address is its own (CATALOGUE: "claim"; RFC 826, RFC 5227, RFC 4861 §7.2).
package struct Claim: Hashable, Sendable {
    package var vlan: UInt32
    package var address: IPAddress
    package var station: Station
    package var means: Means
    package var frame: FrameReference
    /// The asker whose request it answers, and that request, where it was seen.
    package var asker: Station?
    package var request: FrameReference?
    /// The asker's last question for an address that is no VIP, and another station's answer: how quick this LAN is for that asker.
    package var otherExchange: OtherExchange?
    /// Caches take it over an address that they hold (RFC 4861 §7.2.4); advertisements of proxies and anycast addresses do not ask for that.
    package var overrides = true
    /// Answers of the station for addresses that nobody watches: one for each address, as far as eight.
    package var otherAnswers: [FrameReference] = []
    /// It asked whether the address was free before it claimed it (RFC 5227 §2.1).
    package var probe: FrameReference?

    package struct OtherExchange: Hashable, Sendable {
        package var request: FrameReference
        package var reply: FrameReference
        package var station: MACAddress
    }

    package enum Means: String, Hashable, Sendable, CaseIterable {
        case reply
        /// A request whose sender address is the claimed one.
        case request
        case gratuitousRequest = "gratuitous_request"
        case gratuitousReply = "gratuitous_reply"
        /// A VRRP advertisement that lists the address.
        case vrrp
        /// A neighbor advertisement that answers a solicitation (RFC 4861 §4.4).
        case neighborAdvertisement = "neighbour_advertisement"
        /// One that nobody asked for (RFC 4861 §7.2.6), or that defends the address (RFC 4862 §5.4.3).
        case unsolicitedAdvertisement = "unsolicited_neighbour_advertisement"
        /// A neighbor solicitation whose source is the claimed address.
        case neighborSolicitation = "neighbour_solicitation"

        package var isGratuitous: Bool { self == .gratuitousRequest || self == .gratuitousReply || self == .unsolicitedAdvertisement }
        /// It answers somebody's question.
        package var isAnswer: Bool { self == .reply || self == .neighborAdvertisement }
    }
}

package struct Announcement: Hashable, Sendable {
    package var claim: Claim
    package var action: Action
    /// The announcer before, in a move or a conflict.
    package var previous: Claim?

    package enum Action: String, Hashable, Sendable, CaseIterable {
        case first, moved, renewed, conflict
    }
}

import Site
import Wire

/// The zones that are watched and the servers' roles: from the site file, or learned from traffic.
struct Zones: ~Copyable {
    struct Key: TableKey {
        var address: IPAddress
        func hash(into hash: inout KeyedHash) { hash.mix(address) }
    }

    /// What a host did with DNS.
    struct Server {
        var answers = false
        var asks = false
        var isAuthority = false
        /// An answer to a question of its own was seen.
        var isAnswered = false
    }

    private let site: Site
    private let scope: Scope
    private var servers: FlowTable<Key, Server>
    /// From the site file; without one, the longest common suffix of the names that answers tie to a watched VIP.
    private(set) var zones: [DNSName]

    /// The longest common suffix of all names that answers tied to a watched VIP, however short.
    private var tied: DNSName?

    init(site: Site, scope: Scope, limits: Limits, hashKey: UInt64) {
        self.site = site
        self.scope = scope
        zones = site.dns.zones
        servers = FlowTable(limit: limits.servers, hashKey: hashKey, timeOuts: [limits.memory])
    }

    var evictions: UInt64 { servers.evictions }
    var nextDeadline: Timestamp { servers.nextDeadline }

    @inline(__always)
    func zone(of name: DNSNameBuffer) -> DNSName? { zones.isEmpty ? nil : firstZone(of: name) }

    private func firstZone(of name: DNSNameBuffer) -> DNSName? {
        for zone in zones where name.isWithin(zone) { return zone }
        return nil
    }

    /// - Returns: where the client stands, for `isAnswered`.
    @discardableResult
    mutating func asks(_ client: IPAddress, at now: Timestamp) -> Int {
        let slot = slot(client, at: now)
        servers[slot].asks = true
        return slot
    }

    /// An answer came to the client that stood there when it asked; it may have been forgotten since.
    mutating func isAnswered(_ client: IPAddress, at slot: Int) {
        if servers.key(of: slot).address == client { servers[slot].isAnswered = true }
    }

    /// Both directions of the client's DNS were seen.
    func seesAnswers(to client: IPAddress) -> Bool { servers.find(Key(address: client)).map { servers[$0].isAnswered } ?? false }

    /// Answers others' queries and asks further servers itself (CATALOGUE: "resolver").
    func isResolver(_ address: IPAddress) -> Bool {
        isResolver(address, servers.find(Key(address: address)))
    }

    private func isResolver(_ address: IPAddress, _ slot: Int?) -> Bool {
        if let slot, servers[slot].answers, servers[slot].asks { return true }
        return !site.dns.resolvers.isEmpty && site.dns.resolvers.contains(address)
    }

    func role(of server: IPAddress) -> DNSTransaction.ServerRole { role(of: server, servers.find(Key(address: server))) }

    private func role(of server: IPAddress, _ slot: Int?) -> DNSTransaction.ServerRole {
        if let authority = site.dns.authority { if server == authority { return .authority } }
        if !site.dns.public.isEmpty, site.dns.public.contains(server) { return .public }
        if site.dns.authority == nil, let slot, servers[slot].isAuthority, !servers[slot].asks { return .authority }
        if isResolver(server, slot) { return .resolver }
        return server.isPrivate ? .unknown : .public
    }

    /// Learns from an answer about a zone's name: a *private* server that a resolver asks, and that answers with AA, is the
    /// authority; AA alone proves nothing, since forwarders pass it on.
    ///
    /// - Returns: the server's role, now.
    mutating func answered(
        by server: IPAddress, to client: IPAddress, _ header: DNSHeader, inZone: Bool, at now: Timestamp
    ) -> DNSTransaction.ServerRole {
        let slot = slot(server, at: now)
        servers[slot].answers = true
        if site.dns.authority == nil, inZone, header.isAuthoritative, server.isPrivate, isResolver(client), !isResolver(server, slot) {
            servers[slot].isAuthority = true
        }
        return role(of: server, slot)
    }

    /// An answer ties a name to a watched VIP: without a site file, that tells the zone.
    mutating func ties(_ name: DNSName) {
        guard site.dns.zones.isEmpty, !scope.vips.isEmpty else { return }
        let suffix = tied.map { $0.commonSuffix(name) } ?? name
        tied = suffix
        zones = suffix.labelCount >= 2 ? [suffix] : []
    }

    private mutating func slot(_ address: IPAddress, at now: Timestamp) -> Int {
        let key = Key(address: address)
        if let slot = servers.find(key) {
            servers.refresh(slot, at: now)
            return slot
        }
        return servers.insert(key, Server(), lane: 0, at: now)
    }

    mutating func advance(to time: Timestamp) {
        while let expired = servers.nextExpired(before: time) { servers.remove(expired.slot) }
    }
}

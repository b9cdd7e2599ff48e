import LAN
@testable import Flows
import Site
import Wire

extension Host {
    static let publicServer = Host(0x0200_0000_0001, "1.1.1.1")
}

extension Site {
    /// The resolver and the public server are listed, too.
    static var named: Site {
        var site = Site.home
        site.dns.resolvers = [Host.resolver.address]
        site.dns.public = [Host.publicServer.address]
        return site
    }
}

/// A transaction as the correlator states it; its frames' numbers are their times in milliseconds.
struct DNSFact {
    var text: String
    var type = DNSType.a
    var records: [AnswerRecord] = []
    var code: UInt16 = 0
    var client = Host.resolver
    var server = Host.authority
    var role = DNSTransaction.ServerRole.authority
    var zone: String? = "laurivan.com"
    var took = 0.001
    var timeToLive: UInt8?
    var isUnanswered = false
    var isCut = false
    var upstream: [UpstreamQuestion] = []
    var clientResolves = false
    /// Owner and primary server of a SOA record in the authority section, its TTL and its minimum.
    var soa: (owner: String, primary: String, seconds: UInt32)?

    init(_ text: String, _ type: DNSType = .a, _ records: [AnswerRecord] = [], code: UInt16 = 0) {
        (self.text, self.type, self.records, self.code) = (text, type, records, code)
    }

    func with(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }

    /// A denial by this zone.
    static func denial(_ text: String, _ type: DNSType = .a, seconds: UInt32 = 60) -> Self {
        DNSFact(text, type, code: 3).with { $0.soa = ("laurivan.com", "ns1.dns.laurivan.com", seconds) }
    }

    /// Asked by the client of the resolver.
    var atResolver: Self {
        with {
            $0.client = .client
            $0.server = .resolver
            $0.role = .resolver
        }
    }

    /// Asked by the client of a public server.
    var atPublic: Self {
        with {
            $0.client = .client
            $0.server = .publicServer
            $0.role = .public
            $0.took = 0.012
        }
    }

    /// The answer's time, or that of the time-out.
    func at(_ seconds: Double) -> FlowEvent {
        let lookup = Lookup(text, type, client: client, server: server)
        var octets = lookup.message(records, code: code)
        if let soa {
            octets[9] = 1
            let data =
                wire(soa.primary) + wire("hostmaster.\(soa.owner)") + [0, 0, 0, 1] + [UInt8](repeating: 0, count: 12) + big32(soa.seconds)
            octets += wire(soa.owner) + big16(DNSType.soa.rawValue) + big16(1) + big32(soa.seconds) + big16(UInt16(data.count)) + data
        }
        guard let message = try? DNSOctets(decoding: octets.span) else { fatalError("\(text) does not decode") }
        var transaction = DNSTransaction(
            client: Endpoint(client.address, Port(rawValue: 5000)), server: Endpoint(server.address, .dns), id: 1, type: type,
            query: frame(seconds - took), response: isUnanswered ? nil : frame(seconds), message: message, role: role,
            zone: zone.map { name($0) }, namesVIP: nil, time: LAN.at(seconds))
        transaction.isCut = isCut
        transaction.responseTTL = timeToLive
        transaction.upstream = upstream
        transaction.clientResolves = clientResolves
        return .dns(transaction)
    }

    /// What the resolver asked a server then.
    static func asked(_ server: Host, _ role: DNSTransaction.ServerRole, at seconds: Double) -> UpstreamQuestion {
        UpstreamQuestion(server: server.address, role: role, query: frame(seconds))
    }
}

let wiki = "wiki.laurivan.com"
let grafana = "grafana.laurivan.com"

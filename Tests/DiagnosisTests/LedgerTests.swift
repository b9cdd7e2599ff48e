import LAN
import QUICInitial
import QUICInitial
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

struct LedgerTests {
    private func ledger(_ events: FlowEvent..., site: Site = .home, of address: IPv4Address = theVIP) throws -> Ledger {
        var bench = Bench(site)
        bench.consider(events)
        return try #require(bench.ledger(address))
    }

    private func statuses(_ ledger: Ledger) -> [LayerStatus] { LedgerLayer.allCases.map { ledger.line($0).status } }

    @Test func `of a VIP that nobody used, nothing was seen, and what is not decoded cannot be`() throws {
        let ledger = try ledger()
        #expect(ledger.name == "envoy-internal" && ledger.announcer == nil && ledger.announcerNode == nil)
        #expect(statuses(ledger) == Array(repeating: .notSeen, count: 7))
        #expect(ledger.verdict == .notJudged)
        #expect(LedgerLayer.allCases.allSatisfy { ledger.line($0).evidence.isEmpty && ledger.line($0).since == nil })
    }

    // MARK: Layers

    @Test func `an ARP reply exonerates L2, a gratuitous claim does not`() throws {
        let answered = try ledger(Facts.reply(.node, at: 1))
        #expect(answered.line(.l2).status == .ok && answered.line(.l2).evidence.map(\.frame.number) == [1000])
        #expect(answered.line(.l2).since == at(1))
        #expect(answered.announcer?.mac == Host.node.mac && answered.announcerNode == "esxi-2cu-8g-03")
        #expect(answered.verdict == .notJudged)
        let announced = try ledger(.claim(Facts.claim(.second, at: 1, .gratuitousRequest)))
        #expect(announced.line(.l2).status == .notSeen)
        #expect(announced.announcerNode == "esxi-2cu-8g-04")
    }

    @Test func `a handshake exonerates TCP, and L2 below it`() throws {
        let ledger = try ledger(Facts.established(at: 2))
        #expect(ledger.line(.tcp).status == .ok && ledger.line(.tcp).evidence.map(\.frame.number) == [1999])
        #expect(ledger.line(.l2).status == .ok && ledger.line(.l2).evidence.map(\.frame.number) == [1999])
        #expect(ledger.verdict == .healthy)
        let unserved = try self.ledger(Facts.established(at: 2, port: Port(rawValue: 8080)))
        #expect(unserved.verdict == .notJudged, "that is no service port")
    }

    @Test func `an established attempt exonerates QUIC, one that fails says nothing`() throws {
        let ends = QUICEnds()
        let vip = Host(Host.node.mac.rawValue, theVIP.description)
        var sensor = Sensor(.home)
        sensor.see(Datagram(.client, vip).frame(17, udp(50_000, 443, ends.initial(.client, crypto(clientHello())))), at: 1)
        var failed = Bench(.home)
        failed.consider(sensor.advance(to: 9))
        #expect(try #require(failed.ledger(theVIP)).line(.quic) == Ledger.Line(status: .notSeen, evidence: [], since: nil))
        let flight = ends.initial(.server, crypto(serverHello())) + ends.handshake(.server)
        var bench = Bench(.home)
        bench.consider(sensor.see(Datagram(vip, .client).frame(17, udp(443, 50_000, flight)), at: 10))
        let line = try #require(bench.ledger(theVIP)).line(.quic)
        #expect(line.status == .ok && line.evidence.map(\.frame.number) == [2] && line.since == at(10))
        #expect(line.evidence.map(\.note) == ["QUIC handshake on UDP 443"])
    }

    @Test func `a TLS handshake exonerates TLS, and hides HTTP`() throws {
        let ledger = try ledger(Facts.tls(at: 2))
        #expect(ledger.line(.tls).status == .ok && ledger.line(.tls).evidence.map(\.frame.number) == [2000])
        #expect(ledger.line(.tls).evidence.first?.note == "TLS 1.3 handshake on TCP 443")
        #expect(ledger.line(.http).status == .notObservable)
        let unserved = try self.ledger(Facts.tls(at: 2, port: Port(rawValue: 8080)))
        #expect(unserved.line(.tls).status == .notSeen, "that is no service port")
    }

    @Test func `a handshake that was only begun says nothing yet`() throws {
        #expect(try ledger(Facts.tls(at: 2, .hello)).line(.tls).status == .notSeen)
        #expect(try ledger(Facts.tls(at: 2, outcome: .cut)).line(.tls).status == .notObservable)
        #expect(try ledger(Facts.tls(at: 2), Facts.tls(at: 3, outcome: .reset)).line(.tls).status == .ok)
    }

    @Test(arguments: [
        (200 as UInt16?, LayerStatus.ok), (404, .ok), (499, .ok), (500, .notObservable), (503, .warning), (nil, .notObservable),
    ])
    func `a status below 500 exonerates HTTP`(_ status: UInt16?, _ expected: LayerStatus) throws {
        let ledger = try ledger(Facts.http(status, at: 3))
        #expect(ledger.line(.http).status == expected && ledger.line(.tls).status == .notSeen)
        #expect(ledger.line(.http).evidence.map(\.frame.number) == (expected == .notObservable ? [] : [3000]))
    }

    @Test func `a question that does not count leaves L2 unobservable`() throws {
        let ledger = try ledger(Facts.run(.node))
        #expect(ledger.line(.l2).status == .notObservable && ledger.verdict == .notJudged)
        #expect(try self.ledger(Facts.run(.node), Facts.reply(.node, at: 9)).line(.l2).status == .ok)
    }

    @Test func `each fault stands in its layer, with its evidence and its beginning`() throws {
        let denials = ["a", "b", "c"].enumerated().map { Facts.denial("\($1).laurivan.com", at: Double($0 + 1)) }
        let cases: [(LedgerLayer, [FlowEvent], [UInt64])] = [
            (.l2, [Facts.run()], [1000, 2000, 3000]), (.l2, [Facts.conflict(.node, .second, at: 1)], [999, 1000, 1003]),
            (.tcp, [Facts.error(3, 3, quotes: Talk().syn, octets: 20, at: 1)], [1000]),
            (.tcp, [Facts.silent([1, 2, 4])], [1000, 2000, 4000]),
            (.dns, denials, [1000, 2000, 3000]),
        ]
        for (layer, events, frames) in cases {
            var bench = Bench()
            bench.consider(events)
            let ledger = try #require(bench.ledger())
            #expect(ledger.line(layer).status == .fault && ledger.line(layer).evidence.map(\.frame.number) == frames)
            #expect(ledger.line(layer).since == ledger.line(layer).evidence.map(\.frame.time).min())
            #expect(ledger.verdict == .fault)
            #expect(LedgerLayer.allCases.filter { ledger.line($0).status == .fault } == [layer])
        }
    }

    @Test func `an info leaves its layer well`() throws {
        let ledger = try ledger(Facts.reply(.node, at: 1), Facts.established(at: 2), Facts.error(at: 5))
        #expect(ledger.line(.icmp).status == .ok && ledger.line(.icmp).evidence.map(\.frame.number) == [5000])
        #expect(ledger.verdict == .healthy)
        #expect(try self.ledger(Facts.echoReply(at: 5)).line(.icmp).status == .ok)
    }

    @Test func `an answer that gives the VIP exonerates DNS`() throws {
        let ledger = try ledger(Facts.answer("grafana.laurivan.com", .a, [.a(theVIP)], at: 3))
        #expect(ledger.line(.dns).status == .ok && ledger.line(.dns).evidence.map(\.frame.number) == [3000])
    }

    @Test func `what is resolved no longer counts`() throws {
        let ledger = try ledger(Facts.run(), Facts.reply(.node, at: 9), Facts.established(at: 10))
        #expect(ledger.line(.l2).status == .ok && ledger.verdict == .healthy)
    }

    @Test func `a warning is a warning`() throws {
        var bench = Bench(.home, [WarningRule()])
        bench.consider(Facts.established(at: 1))
        let ledger = try #require(bench.ledger())
        #expect(ledger.line(.tcp).status == .warning && ledger.line(.l2).status == .ok && ledger.verdict == .warning)
    }

    /// No rule of today warns.
    private struct WarningRule: Rule {
        static let label = Label.tcpSYNBlackhole
        static let kinds: FlowEvent.Kinds = .tcp
        static let explanation = Explanation(severity: .warning, title: "", meaning: "", proof: "", lookAlikes: [], remedy: [])

        mutating func consider(_ event: FlowEvent, _ known: Knowledge, _ book: inout FindingBook) {
            let subject = Finding.Subject(vip: .v4(theVIP))
            book.state(Finding(Self.label, .warning, subject, .proven, at: event.time, summary: "", evidence: []), at: event.time)
        }
    }

    // MARK: Whom a finding concerns

    @Test func `another VIP's finding concerns it alone`() throws {
        #expect(try ledger(Facts.run(), of: otherVIP).verdict == .notJudged)
        #expect(try ledger(Facts.run(.client, of: otherVIP), Facts.established(at: 9)).verdict == .healthy)
    }

    @Test func `a zone's finding concerns a VIP by its names`() throws {
        let denials = ["a", "b", "c"].enumerated().map { Facts.denial("\($1).laurivan.com", at: Double($0 + 1)) }
        #expect(try ledger(denials[0], denials[1], denials[2]).line(.dns).status == .fault, "the site file's names")
        #expect(try ledger(denials[0], denials[1], denials[2], of: otherVIP).line(.dns).status == .notSeen, "it has none")
        let named = Facts.answer("www.laurivan.com", .a, [.a(otherVIP)], role: .resolver, at: 0.5)
        guard case .dns(var transaction) = named else { return }
        transaction.namesVIP = .v4(otherVIP)
        let known = try ledger(.dns(transaction), denials[0], denials[1], denials[2], of: otherVIP)
        #expect(known.line(.dns).status == .fault, "an answer gave it a name of the zone")
        var site = Site.home
        site.vips[0].names = ["*.example.org"].compactMap(NamePattern.init)
        #expect(try ledger(denials[0], denials[1], denials[2], site: site).line(.dns).status == .notSeen)
    }

    // MARK: Records

    @Test func `it is told when what it states changes, and at the end`() {
        var bench = Bench()
        bench.consider(Facts.reply(.node, at: 1))
        let first = bench.ledgers.count
        #expect(first == 2, "both VIPs' first records")
        bench.consider(Facts.reply(.node, at: 2), Facts.reply(.node, at: 3))
        #expect(bench.ledgers.count == first)
        bench.consider(Facts.reply(.second, at: 4))
        #expect(bench.ledgers.count == first + 1, "another announcer")
        bench.consider(Facts.established(at: 5))
        #expect(bench.ledgers.last?.verdict == .healthy)
        bench.finish(at: 60)
        #expect(bench.ledgers.suffix(2).map(\.vip) == [.v4(theVIP), .v4(otherVIP)])
    }

    @Test func `a status that goes on keeps the time of its first evidence`() throws {
        let ledger = try ledger(
            Facts.reply(.node, at: 1), Facts.established(at: 2), Facts.reply(.node, at: 30), Facts.established(at: 31),
            Facts.echoReply(at: 40),
            Facts.echoReply(at: 50))
        #expect(ledger.line(.l2).since == at(1) && ledger.line(.tcp).since == at(1.999) && ledger.line(.icmp).since == at(40))
    }
}

import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

struct NoAnnouncerRuleTests {
    private static let label = Label.vipNoAnnouncer

    private func bench(_ events: FlowEvent..., site: Site = .home) -> Bench {
        var bench = Bench(site, [NoAnnouncerRule()])
        bench.consider(events)
        return bench
    }

    /// No node is listed, so who asks may be the announcer.
    private static var noNodes: Site {
        var site = Site.home
        site.nodes = []
        return site
    }

    // MARK: Evidence

    @Test func `three requests in a row that nobody answers prove it`() throws {
        let bench = bench(Facts.run())
        let finding = try #require(bench.findings.first)
        #expect(bench.changes.actions == [.opened])
        #expect(finding.label == Self.label && finding.severity == .fault && finding.confidence == .proven)
        #expect(finding.subject == Finding.Subject(vip: .v4(theVIP)) && finding.id == "vip-no-announcer/10.0.0.157")
        #expect(finding.frames == [1000, 2000, 3000])
        #expect(finding.firstSeen == at(1) && finding.lastSeen == at(4.3))
        #expect(finding.arguesFromAbsence)
        #expect(finding.summary.contains("10.0.0.157 (envoy-internal)") && finding.summary.contains("10.0.0.20"))
        #expect(finding.excluded == ["icmp-unreachable-benign", "client-wrong-prefix"])
        #expect(finding.remedy.contains { $0.contains("10.0.0.157") } && !finding.remedy.contains { $0.contains("{") })
    }

    @Test(arguments: [
        ([1.0], UnansweredRequest.Basis.visible, false, Confidence.likely), ([1, 2], .visible, false, .proven),
        ([1, 2, 3], .retransmission, true, .likely), ([1], .visible, true, .likely), ([1, 2, 3, 4, 5], .retransmission, false, .proven),
    ])
    func `one request, or the end of the capture within its time, make it likely`(
        _ times: [Double], _ basis: UnansweredRequest.Basis, _ isCut: Bool, _ confidence: Confidence
    ) {
        #expect(bench(Facts.run(.client, times, basis, isCut: isCut)).findings.map(\.confidence) == [confidence])
    }

    /// CATALOGUE: what takes `proven` away, the finding says.
    @Test func `a finding that the end of the capture weakens says so`() {
        let text = bench(Facts.run(isCut: true)).findings.map(String.init(describing:)).joined()
        #expect(text.contains("capture end"))
    }

    @Test func `announced is not resolvable, and the finding says both`() {
        for means in [Claim.Means.gratuitousRequest, .gratuitousReply] {
            let bench = bench(.claim(Facts.claim(.node, at: 0.5, means)), Facts.run())
            #expect(bench.findings.first?.frames == [1000, 2000, 3000, 500])
            #expect(bench.findings.first?.summary.contains("announced is not resolvable") == true)
            #expect(bench.findings.first?.summary.contains("esxi-2cu-8g-03") == true)
        }
    }

    /// CATALOGUE, vantage, rule 4: the asker acts on the failure.
    @Test func `a router that gives up says that it got no answer`() {
        let router = Host(Host.router.mac.rawValue, "10.0.0.1")
        var watch = Watch()
        watch.see(whoHas(theVIP, asks: router), at: 1)
        watch.see(whoHas(theVIP, asks: router), at: 2)
        watch.see(icmpError(3, 1, from: router, to: .client, quotes: ping(.client, Facts.service)), at: 3)
        watch.advance(to: 60)
        let finding = watch.finding(Self.label)
        #expect(finding?.confidence == .proven && finding?.frames == [1, 2, 3])
        #expect(finding?.summary.contains("gave up 1.000 s later (host unreachable)") == true)
    }

    /// Not every station that says so has asked, and not every one that asked hopes for another's answer.
    @Test func `host unreachable counts only from the asker, in its time, and not from an announcer`() {
        let router = Host(Host.router.mac.rawValue, "10.0.0.1")
        func findings(_ asker: Host, _ sender: Host, at second: Double, answered: Bool = false, code: UInt8 = 1) -> Int {
            var watch = Watch()
            watch.see(whoHas(theVIP, asks: asker), at: 1)
            if answered { watch.see(isAt(theVIP, Host.node.mac, tells: asker), at: 1.001) }
            watch.see(icmpError(3, code, from: sender, to: .client, quotes: ping(.client, Facts.service)), at: second)
            watch.advance(to: 60)
            return watch.bench.findings.filter { $0.label == Self.label }.count
        }
        #expect(findings(router, router, at: 4.5) == 1)
        #expect(findings(router, router, at: 4.5 + tick) == 0, "arpSilence: 3.5 s")
        #expect(findings(router, .bystander, at: 4) == 0)
        #expect(findings(router, router, at: 4, answered: true) == 0)
        #expect(findings(router, router, at: 4, code: 3) == 0, "port unreachable says that the host is there")
        #expect(findings(.node, .node, at: 4) == 0, "the announcer's own question")
    }

    // MARK: Look-alikes

    @Test func `questions of nodes, claimants and senders never count`() {
        #expect(bench(Facts.run(.node)).findings.isEmpty)
        #expect(bench(Facts.run(Host(0x0200_0000_7777, "10.0.0.147"))).findings.isEmpty, "a node by its address")
        #expect(bench(Facts.run(Host(Host.node.mac.rawValue, "10.0.0.99"))).findings.isEmpty, "a node by its MAC")
        #expect(bench(Facts.run { $0.claimedIt = true }).findings.isEmpty)
        #expect(bench(Facts.run { $0.sentFromIt = true }).findings.isEmpty)
        #expect(bench(Facts.run { ($0.claimedIt, $0.forwards) = (true, true) }, site: Self.noNodes).findings.isEmpty)
    }

    @Test func `a question that turns out to be the announcer's own never counted`() {
        let bench = bench(Facts.run(.bystander), .claim(Facts.claim(.bystander, at: 10, .gratuitousRequest)))
        #expect(bench.open.isEmpty)
    }

    @Test func `an address outside the LAN's prefix, or no VIP, is another matter`() {
        var site = Site.home
        site.networks.lan = ["192.168.10.0/24"].compactMap(IPPrefix.init)
        #expect(bench(Facts.run(), site: site).findings.isEmpty)
        site.networks.lan += ["10.0.0.0/24"].compactMap(IPPrefix.init)
        #expect(bench(Facts.run(), site: site).findings.count == 1)
        #expect(bench(Facts.run(.client, of: Host.bystander.ip)).findings.isEmpty, "a sweep of empty addresses")
    }

    @Test func `a reply to anybody since the first request is a reply`() {
        #expect(bench(Facts.reply(.node, at: 1), Facts.run()).findings.isEmpty)
        #expect(bench(Facts.reply(.node, at: 2.5), Facts.run()).findings.isEmpty)
        #expect(bench(Facts.reply(.node, at: 0.9), Facts.run()).findings.count == 1, "the announcer may be gone since")
        #expect(bench(Facts.reply(.node, at: 2.5, of: otherVIP), Facts.run()).findings.count == 1)
    }

    @Test func `a reply in another VLAN is no reply`() {
        let bench = bench(.claim(Facts.claim(.node, at: 2.5, vlan: 10 << 12)), Facts.run(.client, vlan: 20 << 12))
        #expect(bench.findings.count == 1)
    }

    // MARK: Without a list of nodes

    @Test func `a lone asker may be the announcer, unless it is a router or resolver`() {
        #expect(bench(Facts.run(), Facts.run(.client, [11, 12, 13]), site: Self.noNodes).findings.isEmpty)
        #expect(bench(Facts.run { $0.forwards = true }, site: Self.noNodes).findings.map(\.confidence) == [.proven])
        #expect(bench(Facts.run { $0.resolves = true }, site: Self.noNodes).findings.map(\.confidence) == [.proven])
    }

    /// The announcer forwards a ping and asks for the VIP itself; that it has an IPv6 address, too, makes it no router.
    @Test func `a dual-stack announcer's own question does not count`() {
        var six = Datagram(.node, .client)
        (six.source, six.destination) = (.v6(v6("fe80::93")), .v6(v6("fe80::14")))
        var site = Site()
        site.vips = [VIP(address: .v4(theVIP))]
        var watch = Watch(site)
        watch.see(six.frame(17, udp(1, 2, [])), at: 0)
        for second in [1.0, 2, 3] { watch.see(whoHas(theVIP, asks: .node), at: second) }
        watch.advance(to: 60)
        #expect(watch.bench.findings.isEmpty)
    }

    @Test func `many askers cost little, and prove no more than two do`() {
        var bench = Bench(Self.noNodes, [NoAnnouncerRule()])
        for index in 0..<100 {
            let host = Host(0x0200_0000_1000 + UInt64(index), "10.0.0.\(index + 20)")
            bench.consider(Facts.run(host, [1, 2, 3].map { $0 + Double(index) * 5 }))
        }
        #expect(bench.findings.map(\.evidence.count) == [6])
    }

    @Test func `a lone asker counts where somebody else claimed the address`() {
        for means in Claim.Means.allCases {
            #expect(bench(.claim(Facts.claim(.node, at: 0.5, means)), Facts.run(), site: Self.noNodes).findings.count == 1)
        }
    }

    @Test func `two askers witness for each other, and both are cited`() throws {
        let bench = bench(Facts.run(), Facts.run(.other, [5, 6, 7]), site: Self.noNodes)
        let finding = try #require(bench.findings.first)
        #expect(finding.frames == [1000, 2000, 3000, 5000, 6000, 7000])
        #expect(finding.summary.contains("10.0.0.20") && finding.summary.contains("10.0.0.21"))
        #expect(finding.confidence == .proven)
    }

    @Test func `an answer between two askers' questions parts them`() {
        let bench = bench(Facts.run(), Facts.reply(.node, at: 4.4), Facts.run(.other, [5, 6, 7]), site: Self.noNodes)
        #expect(bench.findings.map(\.frames) == [[5000, 6000, 7000, 4400]], "the reply is a claim, so the second asker counts alone")
    }

    // MARK: Life

    @Test func `a reply resolves it, and so does a connection`() {
        var one = bench(Facts.run())
        #expect(one.consider(Facts.reply(.second, at: 20)).actions == [.resolved])
        #expect(one.findings.first?.state == .resolved && one.findings.first?.frames.last == 20_000)
        #expect(one.findings.first?.lastSeen == at(20))
        var other = bench(Facts.run())
        #expect(other.consider(Facts.established(at: 20)).actions == [.resolved])
        #expect(other.findings.first?.frames.last == 19_999, "the SYN-ACK came from the VIP")
    }

    @Test func `gratuitous claims, requests from it and other VIPs do not resolve it`() {
        var bench = bench(Facts.run())
        for (index, means) in [Claim.Means.gratuitousRequest, .gratuitousReply, .request].enumerated() {
            bench.consider(.claim(Facts.claim(.node, at: 20 + Double(index), means)))
        }
        bench.consider(Facts.reply(.node, at: 30, of: otherVIP), Facts.established(at: 31, of: otherVIP), Facts.refused(at: 32))
        #expect(bench.open.map(\.label) == [Self.label])
    }

    @Test func `it is counted, and opens again after it was resolved`() {
        var bench = bench(Facts.run(), Facts.run(.client, [5, 6, 7]))
        #expect(bench.findings.map(\.count) == [2])
        #expect(bench.findings.first?.frames == [1000, 2000, 3000], "the first proof stays")
        bench.consider(Facts.reply(.node, at: 10))
        #expect(bench.consider(Facts.run(.client, [21, 22, 23])).actions == [.opened])
        #expect(bench.findings.map(\.count) == [3] && bench.findings.first?.firstSeen == at(10), "the claim before is part of the proof")
    }
}

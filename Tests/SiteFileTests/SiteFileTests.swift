import Site
import SiteFile
import Testing
import Wire

struct SiteFileTests {
    /// The example of DESIGN.md, "Files that people open".
    @Test func readsTheDesignsExample() throws {
        let site = try SiteFile.read(
            """
            site: home
            vips:
              - { address: 10.0.0.157, name: envoy-internal, services: [tcp/80, tcp/443], http3: false, names: ["*.laurivan.com"] }
              - { address: 10.0.0.158, name: envoy-external, services: [tcp/443] }
            nodes:
              - { name: esxi-2cu-8g-03, address: 10.0.0.147, mac: 00:50:56:aa:bb:03, role: worker }
            dns:
              zones: [laurivan.com]
              authority: 10.0.0.156        # k8s-gateway
              resolvers: [10.0.0.53]       # Pi-hole, Firewalla
              public: [1.1.1.1]
            networks:
              lan: [10.0.0.0/24]
              pods: [10.42.0.0/16]
              apart: [[10.11.0.0/16, 10.12.0.0/16]]
            """, name: "site.yaml")

        var expected = Site()
        expected.name = "home"
        var inner = VIP(address: try #require(IPAddress("10.0.0.157")))
        inner.name = "envoy-internal"
        inner.services = [Service(transport: .tcp, port: .http), Service(transport: .tcp, port: .https)]
        inner.http3 = false
        inner.names = [try #require(NamePattern("*.laurivan.com"))]
        var outer = VIP(address: try #require(IPAddress("10.0.0.158")))
        outer.name = "envoy-external"
        outer.services = [Service(transport: .tcp, port: .https)]
        expected.vips = [inner, outer]
        var node = Node(name: "esxi-2cu-8g-03")
        node.address = IPAddress("10.0.0.147")
        node.macs = [MACAddress(rawValue: 0x0050_56aa_bb03)]
        node.role = .worker
        expected.nodes = [node]
        expected.dns.zones = [try #require(DNSName("laurivan.com"))]
        expected.dns.authority = IPAddress("10.0.0.156")
        expected.dns.resolvers = [try #require(IPAddress("10.0.0.53"))]
        expected.dns.public = [try #require(IPAddress("1.1.1.1"))]
        expected.networks.lan = [try #require(IPPrefix("10.0.0.0/24"))]
        expected.networks.pods = [try #require(IPPrefix("10.42.0.0/16"))]
        expected.networks.apart = [
            Site.Pair(one: try #require(IPPrefix("10.11.0.0/16")), other: try #require(IPPrefix("10.12.0.0/16")))
        ]
        #expect(site == expected)
    }

    @Test(arguments: [
        "", "\n", "# nothing yet\n", "---\n", "---\n...\n", "~\n", "null\n", "{}\n", "\u{FEFF}", "\u{FEFF}# nothing yet\r\n",
        "site:\nvips:\nnodes: ~\ndns:\nnetworks: null\n", "vips: []\nnodes: []\ndns: {}\nnetworks: {}\n",
        "vips:\n  # - { address: 10.0.0.157 }\ndns:\n  zones:\n  authority:\n",
    ])
    func everythingIsOptional(_ text: String) throws {
        #expect(try SiteFile.read(text, name: "site.yaml") == Site())
    }

    @Test func nodeHasOneMACOrMany() throws {
        let site = try SiteFile.read(
            """
            nodes:
            - {name: a, mac: 00-50-56-AA-BB-01}
            - name: b
              mac: [00:50:56:aa:bb:02, 00:50:56:aa:bb:03]
              role: control-plane
            - {name: c, mac: []}
            """, name: "site.yaml")
        #expect(site.nodes.map { $0.macs.map(\.description) } == [["00:50:56:aa:bb:01"], ["00:50:56:aa:bb:02", "00:50:56:aa:bb:03"], []])
        #expect(site.nodes.map(\.role) == [nil, .controlPlane, nil])
    }

    /// YAML 1.1 takes 10:20:30:40:50:58 for a number to the base of sixty, 0x10 and 1_0 for numbers, and no for false.
    @Test func thresholdsAreAdjusted() throws {
        let text = """
            thresholds: { failover_gap: 500ms, neighbour_failure: 3.25 s, flapping_window: 2min, certificate_left: 7d, proven_syns: 5 }
            """
        let thresholds = try SiteFile.read(text, name: "site.yaml").thresholds
        #expect(thresholds.failoverGap == .milliseconds(500) && thresholds.neighbourFailure == .milliseconds(3250))
        #expect(thresholds.flappingWindow == .seconds(120) && thresholds.certificateLeft == .seconds(7 * 86_400))
        #expect(thresholds.provenSYNs == 5 && thresholds.provenNames == Thresholds().provenNames)
    }

    /// A name that leads to another value would go unnoticed.
    @Test func everyThresholdHasAName() throws {
        let names = Thresholds.durations.map(\.name) + Thresholds.counts.map(\.name)
        #expect(Set(names).count == names.count)
        let paths = Thresholds.durations.map { $0.path as AnyKeyPath } + Thresholds.counts.map { $0.path as AnyKeyPath }
        #expect(Set(paths).count == Mirror(reflecting: Thresholds()).children.count)
    }

    @Test func scalarsKeepTheirCharacters() throws {
        let site = try SiteFile.read(
            "site: no\nnodes:\n- {name: 1_0, mac: 10:20:30:40:50:58}\n- {name: 0x10}\n- {name: 'null'}\n", name: "site.yaml")
        #expect(site.name == "no")
        #expect(site.nodes.map(\.name) == ["1_0", "0x10", "null"])
        #expect(site.nodes[0].macs == [MACAddress(rawValue: 0x1020_3040_5058)])
    }

    @Test func aliasesStandForTheirAnchors() throws {
        let site = try SiteFile.read(
            """
            vips:
              - { address: 10.0.0.157, services: &web [tcp/80, &tls tcp/443] }
              - { address: 10.0.0.158, services: *web }
              - { address: 2001:db8::9, services: [*tls, udp/443] }
            """, name: "site.yaml")
        let services = site.vips.map { $0.services.map(\.description) }
        #expect(services == [["tcp/80", "tcp/443"], ["tcp/80", "tcp/443"], ["tcp/443", "udp/443"]])
    }

    @Test func prefixesOfEveryLengthAreRead() throws {
        let lan = [
            "0.0.0.0/0", "10.0.0.1/32", "128.0.0.0/1", "::/0", "fe80::/10", "2001:db8::/64", "2001:db8:0:0:8000::/65", "::1/128",
        ]
        let site = try SiteFile.read("networks: {lan: ['\(lan.joined(separator: "', '"))']}", name: "site.yaml")
        #expect(site.networks.lan.map(\.description) == lan)
    }

    /// A VIP may be a node's address: K3s's service load balancer and keepalived make it so.
    @Test func vipMayBeANodesAddress() throws {
        let site = try SiteFile.read("vips: [{address: 10.0.0.1}]\nnodes: [{name: a, address: 10.0.0.1}]\n", name: "site.yaml")
        #expect(site.vip(.v4(IPv4Address(rawValue: 0x0a00_0001))) != nil)
        #expect(site.node(.v4(IPv4Address(rawValue: 0x0a00_0001)))?.name == "a")
    }
}

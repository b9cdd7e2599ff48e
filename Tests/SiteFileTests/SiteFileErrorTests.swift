import SiteFile
import Testing

/// One wrong file each, and all that is said about it.
struct SiteFileErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var text: String
        var errors: [String]

        init(_ text: String, _ errors: String...) {
            self.text = text
            self.errors = errors
        }

        var testDescription: String { errors.first ?? text }
    }

    static let kinds = [
        Case("just words\n", #"site.yaml:1:1: expected a mapping with site, vips, nodes, dns, networks, thresholds; found "just words""#),
        Case("\n- a\n", "site.yaml:2:1: expected a mapping with site, vips, nodes, dns, networks, thresholds; found a list"),
        Case("vips: 10.0.0.1\n", #"site.yaml:1:7: vips: expected a list of VIPs, found "10.0.0.1"; put it in brackets"#),
        Case("nodes:\n  name: a\n", #"site.yaml:2:3: nodes: expected a list of nodes, found a mapping; begin each with "- ""#),
        Case(
            "vips:\n- 10.0.0.1\n",
            #"site.yaml:2:3: vips[0]: expected a mapping with address, name, services, http3, names; found "10.0.0.1""#),
        Case("vips: [~]\n", "site.yaml:1:8: vips[0]: expected a mapping with address, name, services, http3, names; found nothing"),
        Case("dns: [1.1.1.1]\n", "site.yaml:1:6: dns: expected a mapping with zones, authority, resolvers, public; found a list"),
        Case("networks: 3\n", #"site.yaml:1:11: networks: expected a mapping with lan, pods, apart; found "3""#),
        Case("vips:\n  - address: [1]\n", "site.yaml:2:14: vips[0].address: expected an IPv4 or IPv6 address, found a list"),
        Case("dns: {authority: {a: b}}\n", "site.yaml:1:18: dns.authority: expected an IPv4 or IPv6 address, found a mapping"),
        Case("dns: {resolvers: [~]}\n", "site.yaml:1:19: dns.resolvers[0]: expected an IPv4 or IPv6 address, found nothing"),
        Case(
            "dns: {zones: laurivan.com}\n",
            #"site.yaml:1:14: dns.zones: expected a list of zones, found "laurivan.com"; put it in brackets"#),
        Case(
            "thresholds: {proven_syns: 0}\n",
            #"site.yaml:1:27: thresholds.proven_syns: "0" is not a count; write a whole number from 1 to 1000, 3"#),
        Case(
            "thresholds: {failover_gap: 2}\n",
            #"site.yaml:1:28: thresholds.failover_gap: "2" is not a duration; write a number and ms, s, min, h or d, 3.5s"#),
        Case(
            "thresholds: {idle_silence: 0.1ms}\n",
            #"site.yaml:1:28: thresholds.idle_silence: "0.1ms" is not a duration; write a number and ms, s, min, h or d, 3.5s"#),
        Case("site: [home]\n", "site.yaml:1:7: site: expected a name, found a list"),
        Case("nodes:\n- name: a\n  role: [worker]\n", "site.yaml:3:9: nodes[0].role: expected a role, found a list"),
        Case(
            "nodes:\n- name: a\n  mac: {a: b}\n",
            #"site.yaml:3:8: nodes[0].mac: expected a list of MAC addresses, found a mapping; begin each with "- ""#),
        Case(
            "networks: {apart: [10.0.0.0/8]}\n",
            #"site.yaml:1:20: networks.apart[0]: expected a pair of prefixes, found "10.0.0.0/8"; write [10.11.0.0/16, 10.12.0.0/16]"#),
        Case(
            "networks: {apart: [[10.0.0.0/8]]}\n",
            "site.yaml:1:20: networks.apart[0]: expected a pair of prefixes, found a list of 1; write [10.11.0.0/16, 10.12.0.0/16]"),
    ]

    static let keys = [
        Case("vip: []\n", "site.yaml:1:1: vip: unknown key; did you mean vips?"),
        Case("Site: home\n", "site.yaml:1:1: Site: unknown key; did you mean site?"),
        Case("cluster: x\n", "site.yaml:1:1: cluster: unknown key; known here: site, vips, nodes, dns, networks, thresholds"),
        Case("vips:\n- {address: 10.0.0.1, nmae: x}\n", "site.yaml:2:23: vips[0].nmae: unknown key; did you mean name?"),
        Case(
            "vips:\n- {adress: 10.0.0.1}\n",
            "site.yaml:2:3: vips[0]: address is missing; add address: …",
            "site.yaml:2:4: vips[0].adress: unknown key; did you mean address?"),
        Case("dns: {zone: [x.y]}\n", "site.yaml:1:7: dns.zone: unknown key; did you mean zones?"),
        Case("? [a, b]\n: 3\n", "site.yaml:1:3: ?: unknown key; known here: site, vips, nodes, dns, networks, thresholds"),
        Case("<<: {site: x}\n", #"site.yaml:1:1: "<<": unknown key; known here: site, vips, nodes, dns, networks, thresholds"#),
        Case("\"a\\eb\": 1\n", #"site.yaml:1:1: "a\u{1B}b": unknown key; known here: site, vips, nodes, dns, networks, thresholds"#),
        Case("nodes: [{role: worker}]\n", "site.yaml:1:9: nodes[0]: name is missing; add name: …"),
        Case("vips: [{address: ~, name: x}]\n", "site.yaml:1:8: vips[0]: address is missing; add address: …"),
        Case("site: a\nvips: []\nsite: b\n", #"site.yaml:1:1: "site" occurs more than once in this mapping; keep one"#),
        Case(
            "vips:\n  - address: 10.0.0.1\n    name: a\n    address: 10.0.0.2\n    name: b\n",
            #"site.yaml:2:5: "address", "name" occurs more than once in this mapping; keep one"#),
    ]

    static let values = [
        Case("vips:\n\n\n  - { address: 10.0.0.257 }\n", #"site.yaml:4:16: vips[0].address: "10.0.0.257" is not an IPv4 or IPv6 address"#),
        Case("vips: [{address: 'fe80::1%eth0'}]\n", #"site.yaml:1:18: vips[0].address: "fe80::1%eth0" is not an IPv4 or IPv6 address"#),
        Case(
            "vips: [{address: 224.0.0.18}]\n",
            #"site.yaml:1:18: vips[0].address: "224.0.0.18" is a multicast address; give the address of one host"#),
        Case("dns: {authority: '::'}\n", #"site.yaml:1:18: dns.authority: "::" is the unspecified address; give the address of one host"#),
        Case(
            "dns: {public: [0.0.0.0]}\n",
            #"site.yaml:1:16: dns.public[0]: "0.0.0.0" is the unspecified address; give the address of one host"#),
        Case(
            "nodes: [{name: a, address: 255.255.255.255}]\n",
            #"site.yaml:1:28: nodes[0].address: "255.255.255.255" is the broadcast address; give the address of one host"#),
        Case("vips: [{address: 10.0.0.1, http3: yes}]\n", #"site.yaml:1:35: vips[0].http3: "yes" is not true or false"#),
        Case("nodes: [{name: a, role: Worker}]\n", #"site.yaml:1:25: nodes[0].role: "Worker" is not a role; did you mean worker?"#),
        Case("nodes: [{name: a, role: master}]\n", #"site.yaml:1:25: nodes[0].role: "master" is not a role; known: worker, control-plane"#),
        Case("site: ''\n", #"site.yaml:1:7: site: "" is not a name; use 1 to 64 printable characters"#),
        Case("site: \"\\e[31mred\"\n", #"site.yaml:1:7: site: "\u{1B}[31mred" is not a name; use 1 to 64 printable characters"#),
        Case(
            "nodes: [{name: \(String(repeating: "x", count: 65))}]\n",
            #"site.yaml:1:16: nodes[0].name: "\#(String(repeating: "x", count: 64))…" is not a name; use 1 to 64 printable characters"#),
    ]

    static let services = [
        "https", "tcp", "tcp/", "tcp/0", "tcp/65536", "tcp/+443", "tcp/0443", "TCP/443", "sctp/443", "443/tcp", "tcp/443/x",
    ].map {
        Case(
            "vips: [{address: 10.0.0.1, services: [\($0)]}]\n",
            #"site.yaml:1:39: vips[0].services[0]: "\#($0)" is not a service; write tcp/ or udp/ and a port from 1 to 65535, tcp/443"#)
    }

    static let macs =
        ["00:50:56:aa:bb", "00:50:56:aa:bb:3", "00:50:56:aa:bb:03:04", "0050.56aa.bb03", "00:50:56:aa:bb:0g", "005056aabb03"].map {
            Case(
                "nodes: [{name: a, mac: \($0)}]\n",
                #"site.yaml:1:24: nodes[0].mac: "\#($0)" is not a MAC address; "#
                    + "write six pairs of hexadecimal digits, 00:50:56:aa:bb:03")
        } + [
            Case(
                "nodes: [{name: a, mac: 01:00:5e:00:00:12}]\n",
                #"site.yaml:1:24: nodes[0].mac: "01:00:5e:00:00:12" is a multicast address; give the address of an interface"#),
            Case(
                "nodes: [{name: a, mac: [ff:ff:ff:ff:ff:ff]}]\n",
                #"site.yaml:1:25: nodes[0].mac[0]: "ff:ff:ff:ff:ff:ff" is a multicast address; give the address of an interface"#),
            Case(
                "nodes: [{name: a, mac: 00:00:00:00:00:00}]\n",
                #"site.yaml:1:24: nodes[0].mac: "00:00:00:00:00:00" is no address; give the address of an interface"#),
        ]

    static let prefixes = [
        ("10.0.0.1/24", "has bits set beyond its length; write 10.0.0.0/24 or 10.0.0.1/32"),
        ("10.0.0.1/0", "has bits set beyond its length; write 0.0.0.0/0 or 10.0.0.1/32"),
        ("10.0.0.1/31", "has bits set beyond its length; write 10.0.0.0/31 or 10.0.0.1/32"),
        ("fe80::1/64", "has bits set beyond its length; write fe80::/64 or fe80::1/128"),
        ("fe80::1/10", "has bits set beyond its length; write fe80::/10 or fe80::1/128"),
        ("fe80::3/127", "has bits set beyond its length; write fe80::2/127 or fe80::3/128"),
        ("10.0.0.1", "is not a prefix; write 10.0.0.1/32"),
        ("fe80::1", "is not a prefix; write fe80::1/128"),
        ("10.0.0.0/33", "is not a prefix; write an address, a slash and a length, 10.0.0.0/24"),
        ("::/129", "is not a prefix; write an address, a slash and a length, 10.0.0.0/24"),
        ("10.0.0.0/+8", "is not a prefix; write an address, a slash and a length, 10.0.0.0/24"),
        ("10.0.0.0/08", "is not a prefix; write an address, a slash and a length, 10.0.0.0/24"),
        ("10.0.0.0/", "is not a prefix; write an address, a slash and a length, 10.0.0.0/24"),
        ("10.0.0.0/255.0.0.0", "is not a prefix; write an address, a slash and a length, 10.0.0.0/24"),
    ].map { Case("networks: {pods: ['\($0)']}\n", #"site.yaml:1:19: networks.pods[0]: "\#($0)" \#($1)"#) }

    static let names =
        [
            ("a b", "write argocd.example.com"), (".", "write argocd.example.com"), ("a..b", "write argocd.example.com"),
            ("https://a.b", "write argocd.example.com"), ("*.*.b", "write argocd.example.com"), ("a*.b", "write argocd.example.com"),
            ("bücher.example", "write labels that are not ASCII in their xn-- form"),
        ].map {
            Case(
                "vips: [{address: 10.0.0.1, names: ['\($0)']}]\n",
                #"site.yaml:1:36: vips[0].names[0]: "\#($0)" is not a domain name; \#($1)"#)
        } + [
            Case(
                "dns: {zones: ['*.a.b']}\n",
                #"site.yaml:1:15: dns.zones[0]: "*.a.b" is not a zone; write a.b, its names are within it"#),
            Case("dns: {zones: ['a b']}\n", #"site.yaml:1:15: dns.zones[0]: "a b" is not a domain name; write argocd.example.com"#),
        ]

    static let repeated = [
        Case(
            "vips:\n- {address: 10.0.0.1}\n- {address: 10.0.0.2}\n- {address: 10.0.0.1}\n",
            #"site.yaml:4:13: vips[2].address: "10.0.0.1" is already vips[0].address in line 2; give each only once"#),
        Case(
            "vips:\n- {address: '2001:db8::1'}\n- {address: '2001:DB8:0::1'}\n",
            #"site.yaml:3:13: vips[1].address: "2001:db8::1" is already vips[0].address in line 2; give each only once"#),
        Case(
            "nodes:\n- {name: a, address: 10.0.0.1, mac: 00:50:56:00:00:01}\n- {name: a, address: 10.0.0.1, mac: [00-50-56-00-00-01]}\n",
            #"site.yaml:3:10: nodes[1].name: "a" is already nodes[0].name in line 2; give each only once"#,
            #"site.yaml:3:22: nodes[1].address: "10.0.0.1" is already nodes[0].address in line 2; give each only once"#,
            #"site.yaml:3:38: nodes[1].mac[0]: "00:50:56:00:00:01" is already nodes[0].mac in line 2; give each only once"#),
        Case(
            "networks: {apart: [[10.0.0.0/8, 10.1.0.0/16]]}\n",
            "site.yaml:1:20: networks.apart[0]: 10.0.0.0/8 and 10.1.0.0/16 overlap; "
                + "networks that must not reach each other have no address in common"),
    ]

    static let brokenYAML = [
        Case("a: 1\n---\nb: 2\n", "site.yaml:2:1: a second document begins here; a site file is one document"),
        Case("vips:\n\t- a\n", "site.yaml:2:1: not YAML: a tab; indent with spaces"),
        Case(
            "vips: [1, 2\nsite: x\n",
            "site.yaml:2:5: not YAML: did not find expected ',' or ']', while parsing a flow sequence that begins at line 1, column 7"),
        Case(
            "site: \"x\n",
            "site.yaml:2:1: not YAML: found unexpected end of stream, while scanning a quoted scalar that begins at line 1, column 7"),
        Case("site: *other\n", "site.yaml:1:7: not YAML: found undefined alias; define it above"),
        Case("site: &a [*a]\n", "site.yaml:1:11: not YAML: found undefined alias; define it above"),
        Case("site: a\u{0}b\n", "site.yaml:1:8: not text: control characters are not allowed (U+0)"),
        Case("\r\nsite: a\u{7}b\r\n", "site.yaml:2:8: not text: control characters are not allowed (U+7)"),
        Case("%YAML 3.0\n---\nsite: a\n", "site.yaml:1:1: not YAML: found incompatible YAML document"),
    ]

    @Test(arguments: kinds + keys + values) func saysWhatIsWrong(_ example: Case) { check(example) }
    @Test(arguments: services + macs + prefixes + names) func refusesOtherForms(_ example: Case) { check(example) }
    @Test(arguments: repeated + brokenYAML) func refusesContradictions(_ example: Case) { check(example) }

    private func check(_ example: Case, sourceLocation: SourceLocation = #_sourceLocation) {
        let error = #expect(throws: SiteFileError.self, sourceLocation: sourceLocation) {
            try SiteFile.read(example.text, name: "site.yaml")
        }
        #expect(error?.problems.map(\.description) == example.errors, sourceLocation: sourceLocation)
    }

    @Test func everyErrorIsToldInTheFilesOrder() {
        let error = #expect(throws: SiteFileError.self) {
            try SiteFile.read(
                """
                networks: {lan: [10.0.0.1/24]}
                vips:
                  - { address: 10.0.0.257, adress: 10.0.0.1, http3: maybe }
                nodes:
                  - { name: a, mac: 00:50:56:aa:bb:01, role: boss }
                """, name: "/etc/vipscope/site.yaml")
        }
        #expect(
            error?.description == """
                /etc/vipscope/site.yaml:1:18: networks.lan[0]: "10.0.0.1/24" has bits set beyond its length; write 10.0.0.0/24 or 10.0.0.1/32
                /etc/vipscope/site.yaml:3:16: vips[0].address: "10.0.0.257" is not an IPv4 or IPv6 address
                /etc/vipscope/site.yaml:3:28: vips[0].adress: unknown key; did you mean address?
                /etc/vipscope/site.yaml:3:53: vips[0].http3: "maybe" is not true or false
                /etc/vipscope/site.yaml:5:46: nodes[0].role: "boss" is not a role; known: worker, control-plane
                """)
        #expect(error?.problems.first?.position?.line == 1)
        #expect(error?.problems.first?.position?.column == 18)
        #expect(error?.problems.first?.path == "networks.lan[0]")
    }

    /// The error stands where the value was written, once, however often an alias repeats it.
    @Test func errorInAnAnchoredValueIsToldOnce() {
        check(
            Case(
                "vips:\n- {address: 10.0.0.1, services: &web [http]}\n- {address: 10.0.0.2, services: *web}\n",
                #"site.yaml:2:39: vips[0].services[0]: "http" is not a service; write tcp/ or udp/ and a port from 1 to 65535, tcp/443"#))
    }
}

import Flows
import Testing
import Wire

struct CommunityIDTests {
    typealias Row = (upperLayer: UInt8, source: String, destination: String, ports: (UInt16, UInt16)?, text: String)

    /// The specification's baseline, baseline/baseline_deflt.json; ICMP has its types, or type and code, for ports.
    static let baseline: [Row] = [
        (58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", (135, 136), "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="),
        (58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", (136, 135), "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="),
        (58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", (135, 136), "1:zavyT/cezQr1fmImYCwYnMXbgck="),
        (58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", (136, 135), "1:zavyT/cezQr1fmImYCwYnMXbgck="),
        (58, "3ffe:501:1800:2345::2", "3ffe:507:0:1:200:86ff:fe05:80da", (3, 0), "1:2ObVBgIn28oZvibYZhZMBgh7WdQ="),
        (58, "3ffe:501:410:0:2c0:dfff:fe47:33e", "3ffe:507:0:1:200:86ff:fe05:80da", (1, 4), "1:hLZd0XGWojozrvxqE0dWB1iM6R0="),
        (58, "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:501:0:1001::2", (128, 129), "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg="),
        (58, "3ffe:501:0:1001::2", "3ffe:507:0:1:200:86ff:fe05:80da", (129, 128), "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg="),
        (58, "fe80::200:86ff:fe05:80da", "ff02::2", (133, 134), "1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0="),
        (58, "fe80::260:97ff:fe07:69ea", "ff02::1", (134, 133), "1:pkvHqCL88/tg1k4cPigmZXUtL00="),
        (1, "192.168.0.89", "192.168.0.1", (8, 0), "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="),
        (1, "192.168.0.1", "192.168.0.89", (0, 8), "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="),
        (1, "10.0.0.1", "10.0.0.2", (11, 0), "1:YHxtAirCG//0OzkcVAukqKQN9xM="),
        (6, "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", (63943, 25), "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="),
        (6, "2607:f8b0:400c:c03::1a", "2001:470:e5bf:dead:4957:2174:e82c:4887", (25, 63943), "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="),
        (132, "192.168.170.8", "192.168.170.56", (7, 7), "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="),
        (132, "192.168.170.56", "192.168.170.8", (7, 7), "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="),
        (6, "128.232.110.120", "66.35.250.204", (34855, 80), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
        (6, "66.35.250.204", "128.232.110.120", (80, 34855), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
        (17, "192.168.1.52", "8.8.8.8", (54585, 53), "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
        (17, "8.8.8.8", "192.168.1.52", (53, 54585), "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
        (46, "10.1.12.1", "10.1.12.2", nil, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw="),
        (46, "10.1.12.2", "10.1.12.1", nil, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw="),
    ]

    @Test(arguments: baseline.indices) func referenceValue(_ index: Int) throws {
        let row = Self.baseline[index]
        let identifier = try CommunityID()
        let source = try #require(IPAddress(row.source))
        let destination = try #require(IPAddress(row.destination))
        let upperLayer = IPProtocol(rawValue: row.upperLayer)
        guard let ports = row.ports else {
            #expect(identifier.text(upperLayer, source, destination) == row.text)
            return
        }
        switch upperLayer {
        case .icmpv4, .icmpv6:
            let (type, code) = (UInt8(ports.0), UInt8(ports.1))
            #expect(identifier.text(icmpType: type, code: code, from: source, to: destination) == row.text)
        default:
            let ends = (Endpoint(source, Port(rawValue: ports.0)), Endpoint(destination, Port(rawValue: ports.1)))
            #expect(identifier.text(upperLayer, ends.0, ends.1) == row.text)
            #expect(identifier.text(upperLayer, ends.1, ends.0) == row.text, "one name for both directions")
        }
    }

    /// Types without a counterpart keep their direction; a query's code is no part of its name.
    @Test func errorsGoOneWay() throws {
        let identifier = try CommunityID()
        let (one, other) = (try #require(IPAddress("10.0.0.1")), try #require(IPAddress("10.0.0.2")))
        #expect(
            identifier.text(icmpType: 3, code: 1, from: one, to: other) != identifier.text(icmpType: 3, code: 1, from: other, to: one))
        #expect(
            identifier.text(icmpType: 3, code: 1, from: one, to: other) != identifier.text(icmpType: 3, code: 3, from: one, to: other))
        #expect(
            identifier.text(icmpType: 8, code: 9, from: one, to: other) == identifier.text(icmpType: 8, code: 0, from: one, to: other))
        for (type, counterpart) in [(13, 14), (15, 16), (17, 18)] as [(UInt8, UInt8)] {
            #expect(
                identifier.text(icmpType: type, code: 0, from: one, to: other)
                    == identifier.text(icmpType: counterpart, code: 0, from: other, to: one))
        }
    }
}

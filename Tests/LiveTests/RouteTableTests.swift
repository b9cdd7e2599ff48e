import Agent
import Capture
import Testing
import Wire

struct RouteTableTests {
    /// `cat /proc/net/route` of a machine with a LAN (10.0.0.0/24), a more specific network on another interface, and two default routes.
    private static let ipv4 = """
        Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
        wlan0\t00000000\t0100000A\t0003\t0\t0\t600\t00000000\t0\t0\t0
        eth0\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0
        eth0\t0000000A\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
        eth1\t8000000A\t00000000\t0001\t0\t0\t0\tC0FFFFFF\t0\t0\t0
        *\t0000020A\t00000000\t0201\t0\t0\t0\t00FFFFFF\t0\t0\t0
        """

    /// `cat /proc/net/ipv6_route`, with the machine's own address, a multicast route and a reject route.
    private static let ipv6 = """
        20010db8000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
        fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
        00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth1
        20010db8000000000000000000000002 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000002 00000000 80200001       lo
        ff000000000000000000000000000000 08 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000005 00000000 00000001     eth0
        20010db8000100000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000201       lo
        """

    private let table = RouteTable(ipv4: ipv4, ipv6: ipv6)

    @Test(
        arguments: [
            // Longest prefix, then lowest metric; the reject route to 10.2.0.0/24 is none.
            ("10.0.0.157", "eth1", nil), ("10.0.0.20", "eth0", nil), ("192.0.2.1", "eth0", "10.0.0.1"), ("10.2.0.1", "eth0", "10.0.0.1"),
            // The machine's own address is on its LAN as well; what is rejected goes nowhere but by default.
            ("2001:db8::157", "eth0", nil), ("2001:db8::2", "eth0", nil), ("fe80::1", "eth0", nil), ("2001:db9::1", "eth1", "fe80::1"),
            ("2001:db8:1::1", "eth1", "fe80::1"),
        ] as [(String, String, String?)])
    func `a route is the kernel's choice`(_ address: String, _ interface: String, _ gateway: String?) throws {
        let target = try #require(IPAddress(address))
        let route = try #require(table.route(to: target))
        #expect(route.interface == interface)
        #expect(route.gateway == gateway.flatMap(IPAddress.init))
    }

    @Test func `lines that are no routes are left out`() {
        #expect(table.routes.count == 7)
        #expect(RouteTable(ipv4: "eth0\t\nx y z", ipv6: "zz\n" + String(repeating: "1 ", count: 10)).routes.isEmpty)
    }

    private let interfaces = [
        NetworkInterface(name: "eth0", index: 2, isUp: true), NetworkInterface(name: "eth1", index: 3, isUp: true),
        NetworkInterface(name: "eth9", index: 4, isUp: false),
    ]

    @Test func `the interfaces of several VIPs are listened to once each, and what is behind a router is told`() throws {
        let vips = ["10.0.0.20", "10.0.0.21", "10.0.0.157", "192.0.2.1"].compactMap(IPAddress.init)
        let choice = try InterfaceChoice(vips: vips, routes: table, interfaces: interfaces)
        #expect(choice.names == ["eth0", "eth1"])
        #expect(
            choice.notes == [
                "192.0.2.1 is not on the network of eth0 but behind 10.0.0.1: who announces it cannot be seen from here"
            ])
    }

    @Test func `without a VIP the default route decides`() throws {
        #expect(try InterfaceChoice(vips: [], routes: table, interfaces: interfaces).names == ["eth0"])
    }

    @Test func `where no route leads there, the interfaces that are up are told`() {
        let none = RouteTable(ipv4: "", ipv6: "")
        let error = #expect(throws: CaptureError.self) {
            try InterfaceChoice(vips: [.v4(IPv4Address(rawValue: 0x0a00_009d))], routes: none, interfaces: interfaces)
        }
        #expect(error?.description == "no route leads to 10.0.0.157: name an interface with --interface; up are: eth0, eth1")
    }
}

import LAN
import Flows
import Site
import Testing
import Wire

struct ScopeTests {
    private static let foreign = IPAddress.v4(v4("192.0.2.1"))

    @Test func `with VIPs, only they and the zones' authority are followed`() {
        var site = Site.test
        site.dns.authority = Host.authority.address
        site.vips.append(VIP(address: .v6(v6("fd00::157"))))
        let scope = Scope(site: site, everything: false)
        #expect(!scope.everything)
        #expect(scope.follows(.v4(theVIP)) && scope.follows(.v4(otherVIP)) && scope.follows(.v6(v6("fd00::157"))))
        #expect(scope.follows(Host.authority.address))
        #expect(!scope.follows(Self.foreign) && !scope.follows(.v6(v6("fd00::158"))))
        #expect(scope.follows(Self.foreign, .v4(theVIP)) && scope.follows(.v4(theVIP), Self.foreign))
        #expect(!scope.follows(Self.foreign, Host.client.address))
        #expect(scope.isVIP(.v4(theVIP)) && scope.isVIP(.v6(v6("fd00::157"))))
        #expect(!scope.isVIP(Host.authority.address), "the authority is followed, and no VIP")
        #expect(scope.vips == [.v4(theVIP), .v4(otherVIP), .v6(v6("fd00::157"))])
    }

    @Test func `everything is followed where it is asked for, and where no VIP is named`() {
        for scope in [Scope(site: .test, everything: true), Scope(site: Site(), everything: false)] {
            #expect(scope.everything)
            #expect(scope.follows(Self.foreign) && scope.follows(Self.foreign, Host.client.address))
            #expect(!scope.isVIP(Self.foreign))
        }
        #expect(Scope(site: .test, everything: true).isVIP(.v4(theVIP)))
    }

    @Test func `an authority that is a VIP too is both`() {
        var site = Site.test
        site.dns.authority = .v4(theVIP)
        let scope = Scope(site: site, everything: false)
        #expect(scope.isVIP(.v4(theVIP)) && scope.follows(.v4(theVIP)))
        #expect(scope.vips.count == 2)
    }

    @Test func `networks that are kept apart are followed where they meet`() throws {
        var site = Site.test
        let (one, other) = (try #require(IPPrefix("10.11.0.0/16")), try #require(IPPrefix("10.12.0.0/16")))
        site.networks.apart = [Site.Pair(one: one, other: other)]
        let scope = Scope(site: site, everything: false)
        let (main, staging) = (IPAddress.v4(v4("10.11.1.1")), IPAddress.v4(v4("10.12.1.1")))
        #expect(scope.follows(main, staging) && scope.follows(staging, main))
        #expect(!scope.follows(main, .v4(v4("10.11.2.2"))) && !scope.follows(main, Self.foreign) && !scope.follows(main))
    }
}

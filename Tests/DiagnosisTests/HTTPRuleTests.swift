import LAN
@testable import Diagnosis
@testable import Flows
import Site
import Testing
import Wire

/// What a gateway's plaintext answers say.
struct HTTPRuleTests {
    private func exchange(
        _ status: UInt16, at seconds: Double, target: String = "/", host: String? = "git.laurivan.com", location: String? = nil,
        client: Host = .client, server: String? = "envoy", upgrade: String? = nil, isBare: Bool = false, port: Port = .http
    ) -> FlowEvent {
        .http(
            HTTPExchange(
                client: Endpoint(client.address, Port(rawValue: 40_001)), server: Endpoint(.v4(theVIP), port), vlan: 0,
                request: HTTPExchange.Request(method: "GET", target: target, host: host, upgrade: upgrade, frame: frame(seconds - 0.001)),
                response: HTTPExchange.Response(
                    status: status, location: location, server: server, alternatives: nil, frame: frame(seconds), isBare: isBare),
                answer: [], outcome: .answered, endedBy: nil, end: nil, time: at(seconds)))
    }

    private func bench(_ events: FlowEvent...) -> Bench {
        var bench = Bench()
        bench.consider(events)
        return bench
    }

    // MARK: http-upstream-error

    @Test func `statuses of a gateway are counted for each host`() throws {
        let bench = bench(
            exchange(503, at: 1), exchange(503, at: 2), exchange(504, at: 3, target: "/slow"),
            exchange(502, at: 4, host: "wiki.laurivan.com:80"))
        #expect(bench.labels == [.httpUpstreamError, .httpUpstreamError])
        let finding = try #require(bench.findings.first)
        #expect(finding.severity == .warning && finding.confidence == .proven && finding.frames == [1000, 2000, 3000])
        #expect(finding.subject == Finding.Subject(vip: .v4(theVIP), port: .http, name: "git.laurivan.com"))
        #expect(finding.summary.contains("requests for git.laurivan.com with 503 twice and 504 once, the last of them GET /slow"))
        #expect(bench.findings.last?.subject.name == "wiki.laurivan.com")
        #expect(bench.ledger()?.line(.http).status == .warning)
    }

    @Test(arguments: [500, 501, 505, 404, 200, 429] as [UInt16])
    func `an application's own statuses are not the gateway's`(_ status: UInt16) {
        #expect(bench(exchange(status, at: 1)).labels.isEmpty)
    }

    @Test func `a WebSocket without 101 is told with it`() {
        #expect(bench(exchange(403, at: 1, upgrade: "websocket")).labels.isEmpty)
        let told = bench(exchange(503, at: 1, upgrade: "websocket"))
        #expect(told.findings.first?.summary.contains("a WebSocket upgrade gets no 101 once") == true)
    }

    @Test func `what failed must work again; another page does not resolve it`() {
        var bench = bench(exchange(503, at: 1, target: "/a"), exchange(503, at: 2, target: "/b"))
        bench.consider(exchange(200, at: 3, target: "/"), exchange(200, at: 4, target: "/a"), exchange(500, at: 5, target: "/b"))
        #expect(bench.open.count == 1)
        bench.consider(exchange(204, at: 6, target: "/b"))
        #expect(bench.open.isEmpty)
    }

    // MARK: http-redirect-loop

    private func redirects(_ times: [Double], from: String = "/login", to: String = "http://git.laurivan.com/login", client: Host = .client)
        -> [FlowEvent]
    {
        times.map { exchange(302, at: $0, target: from, location: to, client: client) }
    }

    private func judged(_ events: [FlowEvent]) -> Bench {
        var bench = Bench()
        bench.consider(events)
        return bench
    }

    @Test func `three redirects to the URL that is asked for`() throws {
        let bench = judged(redirects([1, 1.1, 1.2]))
        #expect(bench.labels == [.httpRedirectLoop])
        let finding = try #require(bench.findings.first)
        #expect(finding.severity == .warning && finding.confidence == .proven && finding.frames == [1000, 1100, 1200])
        #expect(finding.subject.client == Host.client.address && finding.subject.name == "git.laurivan.com")
        #expect(finding.summary.contains("3 times to http://git.laurivan.com/login within 200.000 ms"))
    }

    @Test(arguments: [([1.0, 2], false), ([1, 2, 11], true), ([1, 2, 11 + tick], false)])
    func `redirects and redirectWindow: three within 10 s`(_ times: [Double], _ isFound: Bool) {
        #expect(Thresholds().redirects == 3 && Thresholds().redirectWindow == .seconds(10))
        #expect(judged(redirects(times)).labels.isEmpty != isFound)
        #expect(judged(redirects(times, to: "/login")).labels.isEmpty != isFound, "a path is whole with its host")
    }

    @Test func `a circle of two URLs`() {
        let there = redirects([1, 1.2, 1.4], from: "/a", to: "/b")
        let back = redirects([1.1, 1.3], from: "/b", to: "/a")
        let events = [there[0], back[0], there[1], back[1], there[2]]
        #expect(judged(events).labels == [.httpRedirectLoop])
        #expect(judged(there).labels.isEmpty, "nobody asked for the other")
    }

    @Test func `80 to 443 is a circle only where the client comes back from there`() {
        let away = redirects([1, 1.2, 1.4], from: "/", to: "https://git.laurivan.com/")
        #expect(judged(away).labels.isEmpty, "a health check that does not follow")
        let visit = Facts.tls(at: 1.1, .hello)
        guard case .tls(var handshake, let change) = visit else { return }
        handshake.frames.clientHello = frame(1.1)
        let bench = judged([away[0], .tls(handshake, change), away[1], away[2]])
        #expect(bench.findings.map(\.confidence) == [.likely] && bench.findings.first?.frames == [1000, 1200, 1400, 1100])
    }

    @Test func `several clients once each are no circle, and a page resolves it`() {
        let others = [Host.client, .other, .bystander].flatMap { redirects([1], client: $0) }
        #expect(judged(others).labels.isEmpty)
        var bench = judged(redirects([1, 1.1, 1.2]))
        bench.consider(exchange(200, at: 5, target: "/login"))
        #expect(bench.open.isEmpty)
    }

    // MARK: http-route-missing

    @Test func `Envoy's own 404`() throws {
        let bench = bench(exchange(404, at: 1, isBare: true))
        #expect(bench.labels == [.httpRouteMissing])
        let finding = try #require(bench.findings.first)
        #expect(finding.severity == .info && finding.confidence == .likely && finding.frames == [999, 1000])
        #expect(finding.subject.name == "git.laurivan.com")
        #expect(bench.ledger()?.line(.http).status == .ok, "nothing is wrong with the VIP")
    }

    @Test func `an application's 404, another server's, and a host that is served`() {
        #expect(bench(exchange(404, at: 1)).labels.isEmpty)
        #expect(bench(exchange(404, at: 1, server: "nginx", isBare: true)).labels.isEmpty)
        #expect(bench(exchange(404, at: 1, host: nil, isBare: true)).labels.isEmpty)
        #expect(bench(exchange(200, at: 1), exchange(404, at: 2, target: "/x", isBare: true)).labels.isEmpty)
        var bench = bench(exchange(404, at: 1, isBare: true))
        bench.consider(exchange(200, at: 2))
        #expect(bench.open.isEmpty)
    }

    @Test func `ports that the site does not list are not judged`() {
        #expect(bench(exchange(503, at: 1, port: Port(rawValue: 8080))).labels.isEmpty)
    }
}

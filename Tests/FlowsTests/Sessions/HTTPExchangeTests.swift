import LAN
@testable import Flows
import Testing
import Wire

struct HTTPExchangeTests {
    private static func octets(_ text: String) -> [UInt8] { Array(text.utf8) }
    private static let get = octets("GET /login?next=a HTTP/1.1\r\nHost: git.laurivan.com\r\n\r\n")

    private static func response(_ status: String, _ fields: String = "content-length: 0\r\n", _ body: String = "") -> [UInt8] {
        octets("HTTP/1.1 \(status)\r\n\(fields)\r\n\(body)")
    }

    @Test func `a request and its response`() throws {
        var stream = Stream(port: 80)
        stream.client(Self.get)
        stream.server(
            Self.response(
                "301 Moved Permanently",
                "location: https://git.laurivan.com/\r\nalt-svc: h3=\":443\"; ma=86400\r\nserver: envoy\r\ncontent-length: 0\r\n"))
        let told = stream.exchanges.first
        let exchange = try #require(told)
        #expect(
            exchange.request
                == HTTPExchange.Request(
                    method: "GET", target: "/login?next=a", host: "git.laurivan.com", upgrade: nil, frame: exchange.request.frame))
        #expect(
            exchange.request.frame.number == 4 && exchange.response?.frame.number == 5 && exchange.time == exchange.response?.frame.time)
        #expect(exchange.response?.status == 301 && exchange.response?.location == "https://git.laurivan.com/")
        #expect(exchange.response?.server == "envoy" && exchange.response?.alternatives?.services.map(\.protocolID) == ["h3"])
        #expect(exchange.outcome == .answered && exchange.endedBy == nil && exchange.server.port == .http)
    }

    @Test func `several exchanges on one connection, bodies stepped over`() {
        var stream = Stream(port: 80)
        for number in 0..<3 {
            stream.client(Self.octets("POST /\(number) HTTP/1.1\r\ncontent-length: 11\r\n\r\nGET / HTTP/"))
            stream.server(Self.response("20\(number) x", "content-length: 19\r\n", "HTTP/1.1 500 x\r\n\r\n!"))
        }
        #expect(stream.exchanges.map(\.request.target) == ["/0", "/1", "/2"])
        #expect(stream.exchanges.map { $0.response?.status } == [200, 201, 202])
    }

    @Test(arguments: [1, 3, 50])
    func `it is the same in pieces of any size`(_ size: Int) {
        var stream = Stream(port: 80)
        for _ in 0..<2 {
            stream.client(Self.get, inPiecesOf: size)
            stream.server(Self.response("200 OK", "content-length: 5\r\n", "hello"), inPiecesOf: size)
        }
        #expect(stream.exchanges.map { $0.response?.status } == [200, 200])
    }

    @Test func `requests may come before the responses of others`() {
        var stream = Stream(port: 80)
        stream.client(Self.get + Self.octets("HEAD /b HTTP/1.1\r\n\r\n") + Self.get)
        stream.server(Self.response("200 OK") + Self.response("200 OK", "content-length: 700\r\n") + Self.response("404 Not Found"))
        #expect(stream.exchanges.map(\.request.method) == ["GET", "HEAD", "GET"])
        #expect(stream.exchanges.map { $0.response?.status } == [200, 200, 404])
    }

    @Test func `an interim response is not the answer`() {
        var stream = Stream(port: 80)
        stream.client(Self.get)
        stream.server(Self.octets("HTTP/1.1 100 Continue\r\n\r\n"))
        #expect(stream.exchanges.isEmpty)
        stream.server(Self.response("200 OK"))
        #expect(stream.exchanges.map { $0.response?.status } == [200])
    }

    @Test(arguments: [
        ("200 OK", "transfer-encoding: chunked\r\n"), ("200 OK", ""), ("101 Switching Protocols", "upgrade: websocket\r\n"),
        ("200 OK", "content-length: 1048577\r\n"), ("200 OK", "content-length: -1\r\n"),
        ("200 OK", "content-length: 99999999999999999999\r\n"),
    ])
    func `where the length of a body is not known, what follows is not read`(_ status: String, _ fields: String) {
        var stream = Stream(port: 80)
        stream.client(Self.get)
        stream.server(Self.response(status, fields))
        stream.client(Self.get)
        stream.server(Self.response("404 Not Found"))
        stream.finish()
        #expect(stream.exchanges.count == 1)
    }

    @Test(arguments: ["204 No Content", "304 Not Modified"])
    func `some responses never have a body`(_ status: String) {
        var stream = Stream(port: 80)
        for _ in 0..<2 {
            stream.client(Self.get)
            stream.server(Self.response(status, ""))
        }
        #expect(stream.exchanges.count == 2)
    }

    @Test func `an upgrade is named`() {
        var stream = Stream(port: 80)
        stream.client(Self.octets("GET /stream HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"))
        stream.server(Self.response("403 Forbidden"))
        #expect(stream.exchanges.first?.request.upgrade == "websocket" && stream.exchanges.first?.response?.status == 403)
    }

    @Test func `texts are cut, on a character`() {
        var stream = Stream(port: 80)
        let long = "/" + String(repeating: "é", count: 300)
        stream.client(Self.octets("GET \(long) HTTP/1.1\r\n\r\n"))
        stream.server(Self.response("200 OK"))
        #expect(stream.exchanges.first?.request.target == "/" + String(repeating: "é", count: 127))
    }

    // MARK: Without a response

    @Test(arguments: [TCPHeader.Flags.rst, .fin])
    func `a RST or FIN by the server ends it`(_ flag: TCPHeader.Flags) {
        let outcome: HTTPExchange.Outcome = flag == .rst ? .reset : .closed
        var stream = Stream(port: 443)
        stream.client(Self.get)
        stream.server([], [flag, .ack])
        let exchange = stream.exchanges.first
        #expect(exchange?.outcome == outcome && exchange?.endedBy == .responder && exchange?.response == nil && exchange?.end?.number == 5)
    }

    @Test func `a client that has said all still waits`() {
        var stream = Stream(port: 80)
        stream.client(Self.get, [.fin, .psh, .ack])
        #expect(stream.exchanges.isEmpty)
        stream.server(Self.response("200 OK"))
        #expect(stream.exchanges.first?.outcome == .answered)
    }

    @Test func `an answer that is no HTTP is kept in part`() {
        var stream = Stream(port: 443)
        stream.client(Self.get)
        stream.server(tlsAlert(2, 22))
        #expect(stream.exchanges.first?.outcome == .notHTTP && stream.exchanges.first?.answer == [21, 3, 3, 0, 2, 2, 22])
    }

    @Test func `the capture's end cuts it off`() {
        var stream = Stream(port: 80)
        stream.client(Self.get)
        stream.finish()
        #expect(stream.exchanges.first?.outcome == .cut && stream.exchanges.first?.end == nil)
    }

    @Test func `who waited in full got no answer, unless it was not seen here`() {
        for lost in [0, 100] as [UInt32] {
            var stream = Stream(port: 80)
            stream.client(Self.get)
            stream.loseServer(lost)
            stream.client([], .ack)
            stream.wait(239)
            #expect(stream.exchanges.isEmpty)
            stream.wait(2)
            #expect(stream.exchanges.map(\.outcome) == [lost == 0 ? .unanswered : .cut])
            #expect(stream.exchanges.first?.end == nil && stream.exchanges.first?.endedBy == nil)
        }
    }

    @Test func `a response without a request says nothing`() {
        var stream = Stream(port: 80)
        stream.client(Self.get)
        stream.server(Self.response("200 OK") + Self.response("200 OK"))
        #expect(stream.exchanges.count == 1)
    }

    @Test func `a head that never ends is given up`() {
        var stream = Stream(port: 80)
        stream.client(Self.octets("GET / HTTP/1.1\r\n"))
        for _ in 0..<40 { stream.client([UInt8](repeating: 0x61, count: 500)) }
        stream.server(Self.response("200 OK"))
        stream.finish()
        #expect(stream.exchanges.isEmpty)
    }

    @Test func `a head in the smallest pieces costs little`() {
        var stream = Stream(port: 80)
        stream.client(Self.octets("GET / HTTP/1.1\r\nx: ") + [UInt8](repeating: 0x61, count: 8000), inPiecesOf: 8)
        stream.client(Self.octets("\r\n\r\n"))
        stream.server(Self.response("200 OK"))
        #expect(stream.exchanges.count == 1)
    }
}

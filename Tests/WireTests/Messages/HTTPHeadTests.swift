import Testing
import Wire

struct HTTPHeadTests {
    /// RFC 9112 §2.1.
    static let request = """
        GET /hello.txt HTTP/1.1\r
        User-Agent: curl/7.64.1\r
        Host: www.example.com\r
        Accept-Language: en, mi\r
        \r

        """
    /// Envoy's answer where no endpoint is left, with what a gateway adds.
    static let response = """
        HTTP/1.1 503 Service Unavailable\r
        content-length: 19\r
        Alt-Svc: h3=":443"; ma=86400\r
        alt-svc: h2="alt.example.com:8443"\r
        SERVER:envoy \r
        connection: close\r
        \r
        no healthy upstream
        """

    private func head(_ text: some Collection<UInt8>) throws(DecodeError) -> HTTPHead {
        try decode(text) { bytes throws(DecodeError) in try HTTPHead(decoding: &bytes) }.value
    }

    @Test func requestInWireOrder() throws {
        let head = try head(Array(Self.request.utf8))
        #expect(head.startLine == .request(method: "GET", target: "/hello.txt"))
        #expect(head.minorVersion == 1 && head.status == nil)
        #expect(head.host == "www.example.com")
        #expect(described(head) == ["method=GET", "target=/hello.txt", "version=HTTP/1.1", "host=www.example.com"])
    }

    @Test func responseInWireOrder() throws {
        let (head, rest) = try decode(Array(Self.response.utf8)) { bytes throws(DecodeError) in try HTTPHead(decoding: &bytes) }
        #expect(head.status == 503)
        #expect(String(decoding: rest, as: UTF8.self) == "no healthy upstream", "the body is left")
        #expect(
            described(head) == [
                "version=HTTP/1.1", "status=503", "reason=Service Unavailable", "server=envoy", "connection=close",
                #"alt_svc=h3=":443"; ma=86400, h2="alt.example.com:8443""#, "content_length=19",
            ])
        #expect(head.alternatives?.services.map(\.protocolID) == ["h3", "h2"])
    }

    @Test func leniency() throws {
        let head = try head(
            Array("\r\nHEAD /a b HTTP/1.0\nno field\nHost: a\nhost: b\n more\nLocation:  x\n\t y \r\nTransfer-Encoding:\r\n\n".utf8))
        #expect(head.startLine == .request(method: "HEAD", target: "/a b") && head.minorVersion == 0)
        #expect(head.fields == [.host: "a", .location: "x y", .transferEncoding: ""])
        #expect(try self.head(Array("HTTP/1.1 204\r\n\r\n".utf8)).startLine == .response(status: 204, reason: ""))
        #expect(try self.head(Array("HTTP/1.1 101 \r\n\r\n".utf8)).startLine == .response(status: 101, reason: ""))
    }

    @Test(arguments: [
        "\u{16}\u{03}\u{01}", "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "EHLO mail.example.com\r\n", "PRI * HTTP/2.0\r\n\r\n",
        "HTTP/2 200\r\n", "HTTP/1.1 2x0 OK\r\n", "HTTP/1.1 20\r\n", "HTTP/1.x 200 OK\r\n", " GET / HTTP/1.1\r\n", "GET /\u{01}",
        "GETGETGETGETGETGETGETGETG", "GET  HTTP/1.1\r\n", "GET HTTP/1.1\r\n", "220 mail.example.com ESMTP\r\n", "@RSYNCD: 31\n", " ",
    ]) func noHTTP(_ text: String) {
        #expect(throws: DecodeError.unsupported("start line")) { try head(Array(text.utf8)) }
    }

    @Test(arguments: [request, response.replacing("no healthy upstream", with: "")]) func everyPrefixIsTruncated(_ text: String) {
        let octets = Array(text.utf8)
        for length in octets.indices {
            #expect(throws: DecodeError.truncated(needed: length + 1, available: length)) { try head(octets.prefix(length)) }
        }
    }

    @Test func headsAreBounded() throws {
        func head(_ length: Int) -> [UInt8] {
            let ends = ("GET / HTTP/1.1\r\nX: ", "\r\n\r\n")
            return Array((ends.0 + String(repeating: "x", count: length - ends.0.utf8.count - ends.1.utf8.count) + ends.1).utf8)
        }
        #expect(try self.head(head(HTTPHead.largestLength)).minorVersion == 1)
        #expect(try decode(head(HTTPHead.largestLength) + [1]) { bytes throws(DecodeError) in try HTTPHead(decoding: &bytes) }.rest == [1])
        #expect(throws: DecodeError.malformed("head")) { try self.head(head(HTTPHead.largestLength + 1)) }
        #expect(throws: DecodeError.malformed("head")) { try self.head(Array("GET /".utf8) + [UInt8](repeating: 0x61, count: 65_536)) }
        #expect(throws: DecodeError.malformed("head")) { try self.head([UInt8](repeating: 0x0a, count: 70_000)) }
    }

    @Test(arguments: [request, response]) func anyOctetMayBeWrong(_ text: String) {
        let octets = Array(text.utf8)
        var decoded = 0
        for index in octets.indices {
            for value: UInt8 in [0, 0x0a, 0x0d, 0x20, 0x3a, 0xff] {
                var damaged = octets
                damaged[index] = value
                if (try? head(damaged)) != nil { decoded += 1 }
            }
        }
        #expect(decoded > octets.count, "field lines may hold anything")
    }

    /// RFC 7838 §3: its own examples first.
    @Test(arguments: [
        (#"h2=":8000""#, ["h2  8000"]), (#"h2="new.example.org:80""#, ["h2 new.example.org 80"]),
        (#"w%3Dx%3Ay%23z=":443""#, ["w=x:y#z  443"]), (#"x%y=":1""#, ["x%y  1"]),
        (#"h2="alt.example.com:8000", h2=":443""#, ["h2 alt.example.com 8000", "h2  443"]), (#"h2=":443"; ma=3600"#, ["h2  443"]),
        (#"h3=":443"; ma=2592000,h3-29=":443"; persist=1; v="46,43""#, ["h3  443", "h3-29  443"]),
        (#"h3="[2001:db8::1]:443""#, ["h3 [2001:db8::1] 443"]),
        (#"h3=443, h3="443", h3=":", h3=":99999", h3=":+1", ="x:1", h 3=":1", h3=":443"#, []), ("", []), (",,", []),
        (#"h3=":1"x,"#, ["h3  1"]),
    ]) func alternatives(_ text: String, _ expected: [String]) {
        let services = AlternativeServices(text)
        #expect(services.services.map { "\($0.protocolID) \($0.host) \($0.port.rawValue)" } == expected)
        #expect(!services.isClear)
    }

    @Test func clear() {
        #expect(AlternativeServices(" clear ").isClear)
        #expect(!AlternativeServices("Clear").isClear, "RFC 7838 §3: case counts")
    }
}

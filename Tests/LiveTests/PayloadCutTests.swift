import Agent
import Diagnosis
import FoundationEssentials
import LAN
import Site
import Support
import Testing
import Wire

struct PayloadCutTests {
    private func frame(_ proto: UInt8, _ transport: [UInt8], _ payload: [UInt8]) -> [UInt8] {
        let count = UInt16(20 + transport.count + payload.count)
        return ethernet(
            from: Host.client.mac, to: Host.node.mac, 0x0800,
            [0x45, 0] + big16(count) + [0, 1, 0x40, 0, 64, proto, 0, 0] + big32(Host.client.ip.rawValue) + big32(theVIP.rawValue)
                + transport
                + payload)
    }

    private func tcp(_ payload: [UInt8], port: UInt16 = 443, client: UInt16 = 5000) -> [UInt8] {
        frame(6, big16(client) + big16(port) + big32(1) + big32(1) + [0x50, 0x18] + big16(512) + [0, 0, 0, 0], payload)
    }

    private func udp(_ payload: [UInt8], port: UInt16) -> [UInt8] {
        frame(17, big16(5000) + big16(port) + big16(UInt16(8 + payload.count)) + [0, 0], payload)
    }

    /// How many octets of the payload are kept.
    private func kept(_ cut: inout PayloadCut, _ frame: [UInt8], headers: Int) -> Int {
        cut.kept(frame.span, .ethernet, originalLength: frame.count, at: at(0)) - headers
    }

    private func record(_ type: UInt8, _ count: Int) -> [UInt8] {
        [type, 3, 3] + big16(UInt16(count)) + [UInt8](repeating: 0x61, count: count)
    }
    private let text = [UInt8](repeating: 0x61, count: 500)

    @Test func `TLS handshakes are kept, over several segments, and application data is not`() {
        var cut = PayloadCut()
        #expect(kept(&cut, tcp(record(22, 100) + record(20, 1)), headers: 54) == 111)
        #expect(kept(&cut, tcp(record(22, 100) + record(23, 300)), headers: 54) == 110)
        #expect(kept(&cut, tcp(record(23, 300)), headers: 54) == 5)
        #expect(kept(&cut, tcp(record(21, 2)), headers: 54) == 7)
        let flight = record(22, 900) + record(23, 200)
        #expect(kept(&cut, tcp(Array(flight[..<400])), headers: 54) == 400)
        // Another connection in between.
        #expect(kept(&cut, tcp(text, client: 5001), headers: 54) == 0)
        #expect(kept(&cut, tcp(Array(flight[400..<800])), headers: 54) == 400)
        #expect(kept(&cut, tcp(Array(flight[800...])), headers: 54) == 110)
        #expect(kept(&cut, tcp(text), headers: 54) == 0)
    }

    @Test func `HTTP heads are kept to their blank line, over several segments, and bodies are not`() {
        var cut = PayloadCut()
        let head = Array("HTTP/1.1 200 OK\r\nServer: x\r\n\r\n".utf8)
        #expect(kept(&cut, tcp(head + text, port: 80), headers: 54) == head.count)
        #expect(kept(&cut, tcp(text, port: 80), headers: 54) == 0)
        let request = Array("GET / HTTP/1.1\r\nHost: argo\r\n\r\n".utf8)
        #expect(kept(&cut, tcp(Array(request[..<20]), port: 80), headers: 54) == 20)
        #expect(kept(&cut, tcp(Array(request[20...]) + text, port: 80), headers: 54) == request.count - 20)
        #expect(kept(&cut, tcp(Array("GETTING".utf8), port: 80), headers: 54) == 0)
    }

    @Test func `names, long headers and what has no ports are whole`() {
        var cut = PayloadCut()
        #expect(kept(&cut, udp(text, port: 53), headers: 42) == 500)
        #expect(kept(&cut, tcp(text, port: 53), headers: 54) == 500)
        #expect(kept(&cut, udp([0xc0] + text, port: 443), headers: 42) == 501)
        #expect(kept(&cut, udp([0x40] + text, port: 443), headers: 42) == 32)
        #expect(kept(&cut, udp([1, 2], port: 9), headers: 42) == 2)
        let echo = frame(1, [8, 0, 0, 0, 0, 1, 0, 1], text)
        #expect(kept(&cut, echo, headers: 0) == echo.count)
        #expect(kept(&cut, Array(echo[..<20]), headers: 0) == 20)
    }

    /// Evidence must say the same: so every recorded case, cut, gives the findings that it gave whole.
    @Test(arguments: CaptureCase.all.filter { !$0.site.vips.isEmpty })
    func `a recorded case that is cut gives the same findings`(_ example: CaptureCase) throws {
        let frames = try TestFrame.read(example.capture.path)
        var cut = PayloadCut()
        let short = frames.map { frame in
            var short = frame
            short.bytes = Array(
                frame.bytes[..<cut.kept(frame.bytes.span, frame.linkType, originalLength: frame.originalLength, at: frame.time)])
            return short
        }
        func told(_ findings: [Finding]) -> [String] { findings.map { "\($0.id) \($0.severity) \($0.confidence) \($0.state)" } }
        #expect(
            told(TestReplay.run(short, site: example.site).findings) == told(TestReplay.run(frames, site: example.site).findings))
    }
}

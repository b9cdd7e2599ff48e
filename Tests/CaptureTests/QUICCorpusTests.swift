import Foundation
import Site
import Support
import Testing
import Wire

@testable import Flows

private enum Corpus {
    static let folder: String = {
        if let path = ProcessInfo.processInfo.environment["VIPSCOPE_CORPUS"] { return path + "/captures/" }
        let here = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        return here.appendingPathComponent("../../../../shared/corpus/captures").standardizedFileURL.path + "/"
    }()
}

/// Attempts in captures of public test suites: server names as tshark 4.4 reads them, and outcomes as their authors' notes have them.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: Corpus.folder), "there is no corpus beside the repository"))
struct QUICCorpusTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var file: String
        var names: Set<String>
        var outcomes: Set<QUICAttempt.Outcome>
        var testDescription: String { file }

        init(_ file: String, _ names: Set<String>, _ outcomes: Set<QUICAttempt.Outcome> = [.established]) {
            (self.file, self.names, self.outcomes) = (file, names, outcomes)
        }
    }

    static let rows = [
        Row("ndpi__default__quic-27.pcap", ["play.google.com"]),
        Row("ndpi__default__quic-29.pcap", ["localhost"]),
        Row("ndpi__default__quic-mvfst-27.pcapng", ["graph.facebook.com"]),
        Row("ndpi__default__quic-v2.pcapng", ["test"]),
        Row("ndpi__default__quic_crypto_aes_auth_size.pcap", ["app-analytics-v2.snapchat.com", "gcp.api.snapchat.com"], [.silence]),
        Row("ndpi__default__quic_frags_different_dcid.pcapng", ["cdnjs.cloudflare.com"], [.answered]),
        Row("pl7m__pcaps__quic_ch_fragments.pcapng", ["quic.ogre.com"], [.silence]),
        Row("suricata-verify__quic-ietf-ja3.pcap", ["msquic.net"]),
        Row("tcpdump__quic_handshake.pcap", ["localhost"]),
        Row("tcpdump__quic_handshake_truncated.pcap", []),
        Row("tcpdump__quic_retry.pcap", ["localhost"]),
        Row("tcpdump__quic_vn.pcap", ["localhost"]),
        Row("zeek__quic__chromium-115.0.5790.110-api-cirrus-com.pcap", ["api.cirrus-ci.com"]),
        Row("zeek__quic__chromium-115.0.5790.110-google-de-fragmented.pcap", ["www.google.de"]),
        Row("zeek__quic__chromium-dpd-custom-port-4433.pcap", ["api.cirrus-ci.com"]),
    ]

    @Test(arguments: rows) func `the server names and outcomes of a capture`(_ row: Row) throws {
        var attempts = QUICAttempts(ports: [443, 4433, 4443, 8443].map(Port.init(rawValue:)), limits: Limits(), hashKey: 7)
        var names = Transactions(site: Site(), scope: Scope(site: Site(), everything: true), limits: Limits(), hashKey: 7)
        var events: [FlowEvent] = []
        var last = Timestamp(nanoseconds: 0)
        for frame in try TestFrame.read(Corpus.folder + row.file) {
            attempts.advance(to: frame.time, into: &events)
            let packet = Dissector().dissect(
                frame.bytes.span, linkType: frame.linkType, frame: FrameReference(number: frame.number, time: frame.time),
                originalLength: frame.originalLength)
            guard case .udp(let udp) = packet.transport else { continue }
            attempts.observe(udp, packet, in: frame.bytes.span, &names, into: &events)
            last = frame.time
        }
        while attempts.finish(at: last, into: &events) {}
        let ended = events.compactMap { if case .quic(let attempt, .ended) = $0 { attempt } else { nil } }
        #expect(Set(ended.compactMap { $0.serverName?.description }) == row.names)
        #expect(Set(ended.map(\.outcome)) == row.outcomes)
    }
}

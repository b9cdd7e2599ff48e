import Agent
import Anonymize
import Events
import Flows
import Site
import SiteFile
import Wire

enum Frames {
    /// What the first octet of an input chooses from; the last one is no link type that we know.
    private static let linkTypes: [LinkType] = [
        .ethernet, .raw, .linuxCooked, .linuxCooked2, .null, .loop, .ppp, .pppSerial, .pppWithDirection, .ipv4, .ipv6,
        LinkType(rawValue: 147),
    ]

    private static func linkType(_ octet: UInt8) -> LinkType { linkTypes[Int(octet) % linkTypes.count] }

    /// One frame: dissected, its message decoded, shown as text and as JSON.
    static func one(_ bytes: Span<UInt8>) {
        var bytes = bytes
        let choice = bytes.octet()
        let linkType = linkType(choice & 0x7f)
        let originalLength = choice & 0x80 == 0 ? bytes.count : bytes.count + 100
        let reference = FrameReference(number: 1, time: Timestamp(nanoseconds: 0))
        let packet = Dissector().dissect(bytes, linkType: linkType, frame: reference, originalLength: originalLength)
        expect(packet.payload.lowerBound >= 0 && packet.payload.upperBound <= bytes.count, "a payload of \(packet.payload)")
        expect((0...bytes.count).contains(packet.networkOffset), "a network header at \(packet.networkOffset)")
        expect((0...bytes.count).contains(packet.transportOffset), "a transport header at \(packet.transportOffset)")
        _ = packet.payloadLength
        if let anomaly = packet.anomaly {
            expectSense(anomaly, of: bytes.count)
        } else {
            do throws(Anomaly) { _ = try MessageRegistry.standard.message(of: packet, in: bytes) } catch {
                expectSense(error, of: bytes.count)
            }
        }
        guard linkType.isSupported else { return }
        var writer = PacketWriter()
        writer.writeJSON(bytes, linkType, reference, originalLength: originalLength)
        expectLines(writer.bytes)
        writer.removeAll()
        writer.writeText(bytes, linkType, reference, originalLength: originalLength)
        expectLines(writer.bytes)
    }

    /// Whoever reads the lines must not be led astray: they are UTF-8 and hold no control characters.
    static func expectLines(_ bytes: [UInt8]) {
        expect(bytes.last == 0x0a, "the last line has no end")
        expect(
            !bytes.contains { $0 < 0x20 && $0 != 0x0a || $0 == 0x7f }, "a control character in \(String(decoding: bytes, as: UTF8.self))")
        expect(String(validating: bytes, as: UTF8.self) != nil, "no UTF-8: \(String(decoding: bytes, as: UTF8.self))")
    }

    /// Frames over time through the whole pipeline. An octet chooses site and link type; each frame is a word for the time since the one
    /// before it, and a piece.
    static func sequence(_ bytes: Span<UInt8>) {
        let records = run(bytes)
        expectLines(records)
        // Hash keys are drawn for each run, and nothing may depend on them.
        if bytes.count & 7 == 0 { expect(run(bytes) == records, "another run said something else") }
    }

    private static func run(_ bytes: Span<UInt8>) -> [UInt8] {
        var bytes = bytes
        let choice = bytes.octet()
        let linkType = linkType(choice & 0x0f)
        let everything = choice & 0x10 != 0
        let originalLength = choice & 0x40 == 0 ? 0 : 100
        var pipeline = Pipeline(site: choice & 0x20 == 0 ? site : Site(), everything: everything, limits: limits, writesEvents: true)
        var time = Timestamp(nanoseconds: 1_700_000_000_000_000_000)
        let description = CaptureDescription(sources: ["capture"], filter: nil, linkTypes: [linkType], everything: everything)
        pipeline.begin(description, at: time)
        var number: UInt64 = 0
        while !bytes.isEmpty {
            number += 1
            time = time + interval(bytes.word())
            let frame = bytes.piece()
            pipeline.process(frame.span, linkType, at: time, number: number, originalLength: frame.count + originalLength)
        }
        pipeline.finish(observedUntil: nil) { _ in }
        return pipeline.records
    }

    /// The same input as a capture that is anonymised: no frame outgrows itself, and each has the addresses that are its own's replacements.
    static func anonymize(_ bytes: Span<UInt8>) {
        var bytes = bytes
        let choice = bytes.octet()
        let linkType = linkType(choice & 0x0f)
        let more = choice & 0x40 == 0 ? 0 : 100
        var frames: [[UInt8]] = []
        while !bytes.isEmpty {
            _ = bytes.word()
            frames.append(bytes.piece())
        }
        let time = Timestamp(nanoseconds: 0)
        do throws(AnonymizerError) {
            var anonymizer = try Anonymizer(key: [choice], keepsVendors: choice & 0x20 != 0)
            for (index, frame) in frames.enumerated() {
                anonymizer.survey(frame.span, linkType, originalLength: frame.count + more, at: time, number: UInt64(index + 1))
            }
            anonymizer.endSurvey()
            for (index, frame) in frames.enumerated() {
                let other = anonymizer.rewrite(
                    frame.span, linkType, originalLength: frame.count + more, at: time, number: UInt64(index + 1))
                expect(other.count <= frame.count, "\(other.count) octets of \(frame.count)")
                let reference = FrameReference(number: 1, time: time)
                let before = Dissector().dissect(frame.span, linkType: linkType, frame: reference, originalLength: frame.count + more)
                let after = Dissector().dissect(other.span, linkType: linkType, frame: reference, originalLength: frame.count + more)
                guard before.outer.count == 0, after.outer.count == 0, let source = before.source, let new = after.source else { continue }
                expect(new == anonymizer.rewrite(source), "\(source) became \(new)")
            }
        } catch { fatalError(error.description) }
    }

    /// From a microsecond to decades, forwards and backwards: 12 bits of number, 3 of magnitude, one of sign.
    private static func interval(_ word: UInt16) -> Interval {
        var nanoseconds = Int64(word & 0xfff) * 1000
        for _ in 0..<(word >> 12 & 7) { nanoseconds *= 30 }
        return Interval(nanoseconds: word & 0x8000 == 0 ? nanoseconds : -nanoseconds)
    }

    /// Small tables, so that few frames fill them.
    static let limits = {
        var limits = Limits()
        limits.connections = 8
        limits.queries = 8
        limits.echoes = 4
        limits.stations = 8
        limits.addresses = 8
        limits.askers = 4
        limits.servers = 4
        limits.quicAttempts = 4
        limits.quicHelloOctets = 1 << 14
        limits.recentPackets = 16
        return limits
    }()

    /// The network of the recorded cases.
    static let site = {
        let text = """
            site: home
            vips:
              - { address: 10.0.0.157, name: envoy-internal, services: [tcp/80, tcp/443], http3: false, names: ["*.laurivan.com"] }
              - { address: 10.0.0.158, name: envoy-external, services: [tcp/443, udp/443], names: [photos.laurivan.com] }
            nodes:
              - { name: esxi-2cu-8g-03, address: 10.0.0.147, mac: 00:50:56:aa:bb:03, role: worker }
              - { name: esxi-2cu-8g-04, address: 10.0.0.148, mac: 00:50:56:aa:bb:04, role: control-plane }
            dns: { zones: [laurivan.com], authority: 10.0.0.156, resolvers: [10.0.0.53], public: [1.1.1.1] }
            networks: { lan: [10.0.0.0/24], pods: [10.42.0.0/16], apart: [[10.11.0.0/16, 10.12.0.0/16]] }
            """
        do throws(SiteFileError) { return try SiteFile.read(text, name: "site.yaml") } catch { fatalError(error.description) }
    }()
}

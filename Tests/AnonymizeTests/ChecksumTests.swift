import Anonymize
import Foundation
import LAN
import Site
import Support
import Testing
import Wire

/// Right checksums stay right, and wrong ones, which offload leaves and faults make, stay wrong.
struct ChecksumTests {
    private enum Verdict: Hashable { case none, right, partial, wrong }

    private static func sum(_ octets: some Collection<UInt8>, _ start: UInt32 = 0) -> UInt16 {
        var sum = start
        for (index, octet) in octets.enumerated() { sum += index % 2 == 0 ? UInt32(octet) << 8 : UInt32(octet) }
        while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
        return UInt16(sum)
    }

    /// Of a whole frame's headers: IPv4, and what stands above; offload sums up the addresses alone.
    private static func verdicts(_ frame: TestFrame) -> [Verdict] {
        let bytes = frame.bytes
        let packet = Dissector().dissect(
            bytes.span, linkType: frame.linkType, frame: FrameReference(number: 1, time: frame.time), originalLength: frame.originalLength)
        guard frame.originalLength == bytes.count, packet.anomaly == nil, packet.outer.count == 0 else { return [] }
        var verdicts: [Verdict] = []
        var pseudo: UInt32 = 0
        let start = packet.transportOffset
        var end = bytes.count
        switch packet.network {
        case .none: return []
        case .ipv4(let header):
            let octets = bytes[packet.networkOffset..<packet.networkOffset + header.headerLength]
            verdicts.append(sum(octets) == 0xffff ? .right : .wrong)
            end = min(end, packet.networkOffset + Int(header.totalLength))
            pseudo = UInt32(sum(bytes[packet.networkOffset + 12..<packet.networkOffset + 20])) + UInt32(header.protocol.rawValue)
        case .ipv6(let header):
            end = min(end, packet.networkOffset + 40 + Int(header.payloadLength))
            pseudo = UInt32(sum(bytes[packet.networkOffset + 8..<packet.networkOffset + 40])) + UInt32(header.upperLayer.rawValue)
        }
        guard !packet.isFragment, end > start else { return verdicts }
        pseudo += UInt32(end - start)
        let upper = bytes[start..<end]
        switch packet.transport {
        case .tcp(let tcp): verdicts.append(verdict(upper, pseudo, tcp.checksum))
        case .udp(let udp): verdicts.append(udp.checksum == 0 ? .none : verdict(upper, pseudo, udp.checksum))
        case .icmpv4: verdicts.append(sum(upper) == 0xffff ? .right : .wrong)
        case .icmpv6: verdicts.append(sum(upper, pseudo) == 0xffff ? .right : .wrong)
        case .other(.vrrp): verdicts.append(sum(upper) == 0xffff || sum(upper, pseudo) == 0xffff ? .right : .wrong)
        default: break
        }
        return verdicts
    }

    private static func verdict(_ upper: ArraySlice<UInt8>, _ pseudo: UInt32, _ checksum: UInt16) -> Verdict {
        if sum(upper, pseudo) == 0xffff { return .right }
        return sum([], pseudo) == checksum ? .partial : .wrong
    }

    @Test func `the checksums of every case are as right as they were`() throws {
        var seen: [Verdict: Int] = [:]
        for example in CaptureCase.all {
            let frames = try TestFrame.read(example.capture.path)
            let result = try Anonymized(frames, site: example.site)
            for (before, after) in zip(frames, result.frames) where after.bytes.count == before.bytes.count {
                let expected = Self.verdicts(before)
                for verdict in expected { seen[verdict, default: 0] += 1 }
                // What was summed up in part before is summed up in part afterwards.
                #expect(Self.verdicts(after) == expected, "\(example.name): frame \(before.number)")
            }
        }
        for verdict in [Verdict.right, .partial] { #expect(seen[verdict, default: 0] > 100, "\(seen)") }
    }

    @Test func `a broken checksum stays broken, and none stays none`() throws {
        var right = Lookup("argocd.laurivan.com").query
        let frame = TestFrame(time: at(0), linkType: .ethernet, bytes: right, originalLength: right.count, number: 1)
        let none = try #require(try Anonymized([frame], site: .init()).frames.first)
        #expect(none.bytes[40] == 0 && none.bytes[41] == 0)
        right[40] = 0x12
        right[41] = 0x34
        let wrong = try #require(
            try Anonymized(
                [TestFrame(time: at(0), linkType: .ethernet, bytes: right, originalLength: right.count, number: 1)], site: .init()
            )
            .frames.first)
        #expect(Self.verdicts(wrong).last == .wrong)
        #expect(wrong.bytes[40..<42] != [0x12, 0x34])
    }
}

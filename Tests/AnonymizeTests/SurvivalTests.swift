import Anonymize
import Events
import Foundation
import Site
import Support
import Testing
import Wire

/// Nothing that tells whose a capture is stays where it stood, or can be read anywhere.
struct SurvivalTests {
    /// What a case's frames and site file tell.
    private struct Secrets {
        var addresses: Set<IPAddress> = []
        var macs: Set<MACAddress> = []
        var labels: Set<String> = []

        init(_ frames: [TestFrame], _ site: Site) {
            addresses.formUnion(site.vips.map(\.address) + site.nodes.compactMap(\.address) + site.dns.resolvers)
            addresses.formUnion([site.dns.authority].compactMap(\.self))
            macs.formUnion(site.nodes.flatMap(\.macs))
            for name in site.dns.zones + site.vips.flatMap(\.names).map(\.name) { take(name) }
            for name in site.vips.compactMap(\.name) + site.nodes.map(\.name) { labels.insert(name) }
            for frame in frames {
                let packet = Dissector().dissect(
                    frame.bytes.span, linkType: frame.linkType, frame: FrameReference(number: frame.number, time: frame.time),
                    originalLength: frame.originalLength)
                addresses.formUnion([packet.source, packet.destination].compactMap(\.self))
                macs.formUnion([packet.ethernet?.source, packet.ethernet?.destination, packet.cooked?.source].compactMap(\.self))
                if packet.transport == .arp, let arp = try? packet.decode(ARPPacket.self, in: frame.bytes.span) {
                    addresses.formUnion([.v4(arp.senderProtocol), .v4(arp.targetProtocol)])
                }
                if case .udp(let udp) = packet.transport, udp.destinationPort == .dns || udp.sourcePort == .dns, !packet.isFragment,
                    let message = try? packet.decode(DNSMessage.self, in: frame.bytes.span)
                {
                    for question in message.questions { take(question.name) }
                }
            }
        }

        private mutating func take(_ name: DNSName) {
            // Shorter labels are found by chance.
            for label in name.description.lowercased().split(separator: ".") where label.utf8.count > 3 && label.first != "_" {
                labels.insert(String(label))
            }
        }
    }

    private static let kept: Set<String> = ["arpa", "in-addr", "local", "home", "cftunnel", "quic", "argotunnel"]

    private static func octets(_ address: IPAddress) -> [UInt8] {
        switch address {
        case .v4(let address): address.rawValue.octets
        case .v6(let address): address.high.octets + address.low.octets
        }
    }

    @Test(arguments: CaptureCase.all)
    func `no address, MAC or name of a case is left`(_ example: CaptureCase) throws {
        let frames = try TestFrame.read(example.capture.path)
        let secrets = Secrets(frames, example.site)
        let key: [UInt8] = Array("a key for tests, and no other".utf8)
        let map = try Anonymizer(key: key, keepsVendors: false)
        let result = try Anonymized(frames, site: example.site, key: key)
        // What stays in its class as it was is no secret.
        let addresses = secrets.addresses.filter { map.rewrite($0) != $0 }.map(Self.octets)
        let macs = secrets.macs.filter { map.rewrite($0) != $0 }.map(\.octets)
        let labels = secrets.labels.filter { !Self.kept.contains($0) && map.rewrite($0) != $0 }
        for (before, after) in zip(frames, result.frames) {
            for secret in addresses + macs {
                for offset in places(of: secret, in: before.bytes) where offset + secret.count <= after.bytes.count {
                    #expect(
                        Array(after.bytes[offset..<offset + secret.count]) != secret,
                        "\(example.name): frame \(before.number) holds \(secret) at \(offset)")
                }
            }
            let text = String(decoding: after.bytes.map { (0x20...0x7e).contains($0) ? $0.lowercasedASCII : 0x0a }, as: UTF8.self)
            for label in labels { #expect(!text.contains(label), "\(example.name): frame \(before.number) holds \(label)") }
        }
        let said = decoded(result.frames)
        for label in labels { #expect(!said.contains(label), "\(example.name): decode reads \(label)") }
        for address in secrets.addresses where map.rewrite(address) != address {
            #expect(!said.contains("\"\(address)\""), "\(example.name): decode reads \(address)")
        }
        for mac in secrets.macs where map.rewrite(mac) != mac {
            #expect(!said.contains("\(mac)"), "\(example.name): decode reads \(mac)")
        }
    }

    private func places(of secret: [UInt8], in bytes: [UInt8]) -> [Int] {
        guard bytes.count >= secret.count else { return [] }
        return (0...bytes.count - secret.count).filter { bytes[$0] == secret[0] && bytes[$0..<$0 + secret.count].elementsEqual(secret) }
    }

    /// Every field that our decoders read, streams and QUIC's Initials among them.
    private func decoded(_ frames: [TestFrame]) -> String {
        var writer = PacketWriter()
        for frame in frames {
            writer.writeJSON(
                frame.bytes.span, frame.linkType, FrameReference(number: frame.number, time: frame.time),
                originalLength: frame.originalLength)
        }
        return String(decoding: writer.bytes, as: UTF8.self).lowercased()
    }
}

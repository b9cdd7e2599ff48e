import Agent
import Anonymize
import Diagnosis
import Foundation
import Savefile
import Site
import SiteFile
import Support
import SystemPackage
import Testing
import Wire

/// From file to file.
struct FileTests {
    private let folder: String
    private let example: CaptureCase
    private let key: [UInt8] = Array("a key for tests, and no other".utf8)

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        example = try #require(CaptureCase.all.first { $0.name == "h3-dropped-mirror" })
    }

    private func run(
        to name: String, key: [UInt8]? = nil, force: Bool = false, from input: String? = nil
    ) throws -> (path: String, account: Anonymization.Account) {
        let path = "\(folder)/\(name)"
        var options = Anonymization.Options(input: input ?? example.capture.path, output: path, key: key ?? self.key)
        options.force = force
        options.site = example.site
        var anonymization = try Anonymization(options)
        return (path, try anonymization.run())
    }

    @Test func `a file is written for its group alone, says who wrote it, and gives the findings`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (path, account) = try run(to: "out.pcapng")
        #expect(try FilePath(path).stat().permissions == [.ownerReadWrite, .groupRead])
        let frames = try TestFrame.read(path)
        #expect(UInt64(frames.count) == account.packets && account.cutPackets > 0)
        let original = try TestFrame.read(example.capture.path)
        #expect(frames.map(\.time) == original.map(\.time) && frames.map(\.originalLength) == original.map(\.originalLength))
        let site = try Anonymized(original, site: example.site).site
        let found = TestReplay.run(frames, site: site).findings.map(\.label)
        #expect(found == TestReplay.run(original, site: example.site).findings.map(\.label) && !found.isEmpty)
        let octets = try Data(contentsOf: URL(fileURLWithPath: path))
        for name in ["laurivan", "envoy-internal", "esxi"] { #expect(octets.range(of: Data(name.utf8)) == nil) }
        // Names of the site, for whoever opens the file.
        let vip = try #require(site.vips.first?.name)
        #expect(octets.range(of: Data(vip.utf8)) != nil)
    }

    @Test func `the same key writes the same octets, and another key others`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func octets(_ name: String, _ key: [UInt8]) throws -> Data {
            try Data(contentsOf: URL(fileURLWithPath: run(to: name, key: key).path))
        }
        let one = try octets("1.pcapng", key)
        #expect(try octets("2.pcapng", key) == one)
        #expect(try octets("3.pcapng", Array("another key, for another file".utf8)) != one)
    }

    @Test func `comments, interfaces and filters of the original are left out, and losses are not`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let source = "\(folder)/source.pcapng"
        var options = SavefileWriter.Options(path: source)
        options.interfaces = [
            InterfaceDescription(
                name: "secret0", linkType: .ethernet, filter: "host 10.0.0.157", mac: MACAddress(rawValue: 0x0050_56aa_bb03))
        ]
        options.names = [NameRecord(.v4(IPv4Address(rawValue: 0x0a00_009d)), "secret-name")]
        var writer = try SavefileWriter(options, at: Timestamp(nanoseconds: 0))
        let frames = try TestFrame.read(example.capture.path)
        for frame in frames {
            writer.write(
                frame.bytes.span, interface: 0, time: frame.time, originalLength: frame.originalLength, comments: ["secret comment"])
        }
        var statistics = InterfaceStatistics(interface: 0)
        (statistics.osDropped, statistics.interfaceDropped) = (7, 3)
        (statistics.start, statistics.end) = (frames[0].time, Timestamp(nanoseconds: 2_000_000_000_000_000_000))
        writer.statistics = [statistics]
        writer.finish(at: frames[0].time)
        let (path, _) = try run(to: "out.pcapng", from: source)
        let octets = try Data(contentsOf: URL(fileURLWithPath: path))
        for secret in ["secret", "host 10"] { #expect(octets.range(of: Data(secret.utf8)) == nil) }
        var input = try CaptureInput(paths: [path])
        while try input.next() != nil { #expect(input.comments.isEmpty) }
        let told = input.interfaceStatistics
        #expect(told.lostByKernel == 7 && told.lostByInterface == 3)
        #expect(told.latestEnd == Timestamp(nanoseconds: 2_000_000_000_000_000_000) && told.earliestStart == frames[0].time)
    }

    @Test func `nothing is overwritten unasked, and never the input`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (path, _) = try run(to: "out.pcapng")
        #expect(throws: Anonymization.Failure.self) { try run(to: "out.pcapng") }
        #expect(try run(to: "out.pcapng", force: true).account.packets > 0)
        #expect(throws: Anonymization.Failure.self) { try run(to: "out.pcapng", force: true, from: path) }
        #expect(try TestFrame.read(path).count > 0)
        #expect(throws: Anonymization.Failure.self) { try run(to: "other.pcapng", from: "-") }
        #expect(throws: Anonymization.Failure.self) { try run(to: "other.pcapng", from: "\(folder)/none.pcap") }
        #expect(throws: Anonymization.Failure.self) { try run(to: "other.pcapng", from: "/dev/null") }
        try FileManager.default.createSymbolicLink(atPath: "\(folder)/link", withDestinationPath: "\(folder)/target")
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder)
        #expect(throws: Anonymization.Failure.self) { try run(to: "link", force: true) }
    }

    @Test func `neither a member of a folder that is read nor the key is written over, whatever it is called`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (files, second) = ("\(folder)/files", "\(folder)/files/b.pcap")
        try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: false)
        for path in ["\(files)/a.pcap", second] { try FileManager.default.copyItem(atPath: example.capture.path, toPath: path) }
        try FileManager.default.linkItem(atPath: second, toPath: "\(folder)/c.pcapng")
        try Data("a key that is long enough".utf8).write(to: URL(fileURLWithPath: "\(folder)/key"))
        let before = try Data(contentsOf: URL(fileURLWithPath: second))
        func run(_ output: String, siteOutput: String? = nil) throws -> Anonymization.Account {
            var options = Anonymization.Options(input: files, output: output, key: key)
            (options.force, options.siteOutput, options.sources) = (true, siteOutput, ["\(folder)/key"])
            var anonymization = try Anonymization(options)
            return try anonymization.run()
        }
        for (output, site) in [
            (second, nil), ("\(folder)/c.pcapng", nil), ("\(folder)/./key", nil), ("\(folder)/out.pcapng", "\(folder)/files/../key"),
            ("\(folder)/out.pcapng", "\(folder)/c.pcapng"), ("\(folder)/out.pcapng", "\(folder)/./out.pcapng"),
        ] {
            #expect(throws: Anonymization.Failure.self, "\(output)") { try run(output, siteOutput: site) }
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: second)) == before)
        // Written among those that are read, it is not one of them.
        let count = UInt64(try TestFrame.read(second).count)
        #expect(try run("\(files)/0.pcapng").packets == 2 * count)
    }

    @Test(arguments: CaptureCase.all)
    func `a site that is written reads as itself`(_ example: CaptureCase) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(try SiteFile.read(SiteFile.text(of: example.site), name: "site.yaml") == example.site)
        let other = try Anonymizer(key: key, keepsVendors: false).rewrite(example.site)
        #expect(try SiteFile.read(SiteFile.text(of: other), name: "site.yaml") == other)
    }

    @Test func `thresholds and every other key are written`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let text = """
            vips: [{ address: "fd00::1", name: 'a name: of # words', services: [udp/443], http3: true }]
            nodes: [{ name: one, mac: ["00:50:56:aa:bb:03", "00:50:56:aa:bb:04"], role: control-plane }]
            dns: { public: [1.1.1.1] }
            networks: { pods: ["10.42.0.0/16"], apart: [[10.11.0.0/16, 10.12.0.0/16]] }
            thresholds: { failover_gap: 2500ms, proven_syns: 5 }
            """
        let site = try SiteFile.read(text, name: "site.yaml")
        #expect(site.thresholds.failoverGap == .milliseconds(2500))
        #expect(try SiteFile.read(SiteFile.text(of: site), name: "again.yaml") == site)
    }
}

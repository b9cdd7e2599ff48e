import Agent
import ArgumentParser
import Capture
import Flows
import Savefile
import Site
import SystemPackage
import Wire

/// The savefiles that a capture writes.
struct FileOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Write the packets to a savefile, or to a ring of them in a folder.", valueName: "file|folder"))
    var write: String?

    @Option(name: .long, help: ArgumentHelp("Octets of all files of the ring together.", valueName: "size"))
    var ring = Size(octets: 256 << 20)

    @Option(name: .long, help: ArgumentHelp("Files of the ring.", valueName: "files"))
    var ringFiles = 8

    @Flag(name: .long, help: "Write classic pcap (one interface, no comments).")
    var pcap = false

    @Option(name: .long, help: ArgumentHelp("Write a savefile for each finding, with the packets that prove it.", valueName: "folder"))
    var evidence: String?

    @Flag(
        name: .long,
        help: "Keep users' data in evidence; without it, only what the decoders read: headers, DNS, TLS and QUIC handshakes, HTTP heads.")
    var fullPayload = false

    @Flag(name: .long, help: "Overwrite files that are there.")
    var force = false

    func validate() throws {
        guard (2...10_000).contains(ringFiles) else { throw ValidationError("--ring-files \(ringFiles): 2 to 10000") }
        guard ring.octets / ringFiles >= 1 << 16 else { throw ValidationError("--ring: 64 KiB a file at the least") }
        if let evidence, !Self.isFolder(evidence) { throw ValidationError("--evidence \(evidence): there is no such folder") }
    }

    private static func isFolder(_ path: String) -> Bool { (try? FilePath(path).stat().type) == .directory }

    /// Opens what was asked for.
    func open(_ opened: OpenFiles, _ live: inout Live<LiveSource>) throws {
        if pcap, Set(opened.interfaces.map(\.linkType)).count > 1 {
            throw Failure(.usage, "--pcap: these interfaces have several link types, which pcapng alone can hold")
        }
        var writer: SavefileWriter?
        if let path = write {
            var options = SavefileWriter.Options(path: path)
            options.format = pcap ? .pcap : .pcapng
            if Self.isFolder(path) { options.ring = (ring.octets, ringFiles) }
            options.force = force
            options.interfaces = opened.interfaces
            options.names = opened.names
            options.application = Version.text
            do throws(OutputFile.Refusal) { writer = try SavefileWriter(options, at: Clock.now()) } catch {
                throw Failure(.outputFailed, "\(path): cannot write: \(error)")
            }
        }
        let recorder = evidence.map {
            EvidenceRecorder(folder: $0, force: force, fullPayload: fullPayload, interfaces: opened.interfaces, names: opened.names)
        }
        live.record(writer, evidence: recorder)
    }
}

/// What savefiles say at their beginning.
struct OpenFiles {
    var interfaces: [InterfaceDescription]
    var names: [NameRecord]

    init(_ interfaces: [NetworkInterface], _ linkTypes: [LinkType], _ options: LiveOptions) {
        self.interfaces = zip(interfaces, linkTypes).map { interface, linkType in
            InterfaceDescription(
                name: interface.name, linkType: linkType, snapshotLength: UInt32(clamping: options.capture.snapshotLength),
                filter: options.captureFilter.expression(for: linkType), mac: interface.mac)
        }
        let site = options.site
        names = site.vips.compactMap { vip in vip.name.map { NameRecord(vip.address, $0) } }
        names += site.nodes.compactMap { node in node.address.map { NameRecord($0, node.name) } }
    }
}

import Agent
import Anonymize
import ArgumentParser
import Savefile
import Site
import SiteFile
import SystemPackage
import Wire

struct AnonymizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anonymize",
        abstract: "Writes a capture with other addresses and names that gives the same findings.",
        discussion: """
            EXAMPLES:
              vipscope anonymize trouble.pcap public.pcapng --vip 10.0.0.157
              vipscope anonymize trouble.pcap public.pcapng --site site.yaml --site-out public.yaml
              vipscope anonymize monday.pcap public.pcapng --key secret.key --keep-vendors

            Replaces IP addresses (prefixes stay prefixes), MAC addresses and names, each by the same everywhere, and leaves out \
            what no decoder reads. Times, ports, lengths and the order of packets stay. Without --key every run has a key \
            of its own; whoever has the key can undo the replacement.
            """)

    @Argument(help: ArgumentHelp("A capture, or a folder of captures.", valueName: "in"))
    var input: String

    @Argument(help: ArgumentHelp("The pcapng file to write.", valueName: "out"))
    var output: String

    @Option(
        name: .long,
        help: ArgumentHelp("Any file of 16 octets or more: what decides. The same key, the same replacement.", valueName: "file"))
    var key: String?

    @Flag(name: .long, help: "Keep the vendor's part of MAC addresses.")
    var keepVendors = false

    @OptionGroup var watch: WatchOptions

    @Option(name: .long, help: ArgumentHelp("Write the site file with the new addresses and names.", valueName: "file"))
    var siteOut: String?

    @Flag(name: .long, help: "Overwrite files that are there.")
    var force = false

    func validate() throws {
        if siteOut != nil, watch.site == nil, watch.vip.isEmpty { throw ValidationError("--site-out: give --site or --vip, too") }
        if siteOut == output { throw ValidationError("--site-out \(output): the capture is written there") }
    }

    func run() throws { try Terminal.run(anonymize) }

    private func anonymize() throws -> ExitStatus {
        let site = try watch.load()
        var options = Anonymization.Options(input: input, output: output, key: try readKey())
        options.keepsVendors = keepVendors
        options.force = force
        options.application = Version.text
        options.site = site
        options.siteOutput = siteOut
        options.sources = [key, watch.site].compactMap(\.self)
        do throws(Anonymization.Failure) {
            var anonymization = try Anonymization(options)
            let account = try anonymization.run()
            try write(anonymization.rewrite(site))
            tell(account)
            for vip in site.vips { Terminal.note("\(vip.address) is \(anonymization.rewrite(vip.address)) in \(output)") }
        } catch {
            throw Failure(error)
        }
        return .nothingWrong
    }

    private func write(_ site: Site) throws(Anonymization.Failure) {
        guard let path = siteOut else { return }
        do throws(SinkError) {
            let sink = try Sink(creating: path, force: force)
            try sink.write(Array(SiteFile.text(of: site).utf8).span)
            try sink.close()
        } catch { throw .output(error.description) }
    }

    private func tell(_ account: Anonymization.Account) {
        for warning in account.warnings { Terminal.note(warning.description) }
        Terminal.note(
            "\(account.packets) packets in \(output), \(account.cutPackets) of them cut; times, ports and lengths are what they were")
        let notices = account.notices
        if notices.closedInitials > 0 {
            Terminal.note(
                "\(notices.closedInitials) QUIC packets could not be opened, or lack a part of the hello: their content is left out")
        }
        if notices.unsupportedFrames > 0 {
            Terminal.note("\(notices.unsupportedFrames) packets of link types that are not read: their content is left out")
        }
        if notices.longStreams > 0 {
            Terminal.note("\(notices.longStreams) connections carry more than is looked at: what follows is left out")
        }
    }

    // MARK: The key

    private static let shortestKey = 16
    private static let longestKey = 1 << 20

    private func readKey() throws -> [UInt8] {
        guard let path = key else {
            var generator = SystemRandomNumberGenerator()
            return (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        }
        var bytes = [UInt8](repeating: 0, count: Self.longestKey + 1)
        let count: Int
        do {
            let file = try FileDescriptor.open(FilePath(path), .readOnly)
            defer { try? file.close() }
            // A pipe gives what it has, and may have more later.
            count = unsafe try bytes.withUnsafeMutableBytes { octets in
                var count = 0
                while count < octets.count {
                    let more = unsafe try file.read(into: UnsafeMutableRawBufferPointer(rebasing: octets[count...]))
                    if more == 0 { break }
                    count += more
                }
                return count
            }
        } catch {
            throw Failure(.noInput, "\(path): the key cannot be read: \(error)")
        }
        guard count >= Self.shortestKey else {
            throw Failure(
                .noInput,
                "\(path): a key of \(count) octets can be guessed: \(Self.shortestKey) or more are needed (head -c 32 /dev/urandom)")
        }
        guard count <= Self.longestKey else { throw Failure(.noInput, "\(path): larger than 1 MiB, so no key") }
        return Array(bytes[..<count])
    }
}

extension Failure {
    fileprivate init(_ failure: Anonymization.Failure) {
        switch failure {
        case .input(let error): self.init(.noInput, error.description)
        case .notRepeatable(let path): self.init(.noInput, "\(path): is read twice, so it must be a file or a folder: save it first")
        case .changed(let path):
            self.init(.noInput, "\(path): other packets than a moment before: it must not be written to meanwhile")
        case .output(let problem): self.init(.outputFailed, problem)
        case .cryptography(let error): self.init(.noInput, error.description)
        }
    }
}

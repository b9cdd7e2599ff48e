package import Anonymize
package import Savefile
package import Site
import SystemPackage
package import Wire

/// Writes a capture anew, with other addresses and names: read twice, because names may stand in several packets.
package struct Anonymization: ~Copyable {
    package struct Options: Sendable {
        package var input: String
        package var output: String
        package var key: [UInt8]
        package var keepsVendors = false
        package var force = false
        package var application = "vipscope"
        package var site = Site()
        /// Another file that is to be written afterwards.
        package var siteOutput: String?
        /// Files that were read, beside the input: the key, the site file.
        package var sources: [String] = []

        package init(input: String, output: String, key: [UInt8]) {
            self.input = input
            self.output = output
            self.key = key
        }
    }

    package enum Failure: Error {
        case input(SavefileError)
        /// The input can be read once only.
        case notRepeatable(String)
        /// It was not what it had been when it was read a second time.
        case changed(String)
        case output(String)
        case cryptography(AnonymizerError)
    }

    /// What came of it.
    package struct Account: Sendable {
        package var packets: UInt64 = 0
        /// Of them, those with octets that were left out.
        package var cutPackets: UInt64 = 0
        package var notices = Anonymizer.Notices()
        package var warnings: [SavefileError] = []
    }

    private let options: Options
    private var anonymizer: Anonymizer
    private var account = Account()
    private var interfaces: [Interface: Int] = [:]
    /// Listed once: a file that is added while they are read would give other frames the numbers of these.
    private var files: [String] = []

    private struct Interface: Hashable {
        var file: String
        var number: Int
        var linkType: LinkType
    }

    package init(_ options: Options) throws(Failure) {
        self.options = options
        let quicPorts = options.site.vips.flatMap(\.services).filter { $0.transport == .udp }.map(\.port)
        do throws(AnonymizerError) {
            anonymizer = try Anonymizer(key: options.key, keepsVendors: options.keepsVendors, quicPorts: Set(quicPorts))
        } catch { throw .cryptography(error) }
    }

    /// The site file's values as the new capture needs them.
    package func rewrite(_ site: Site) -> Site { anonymizer.rewrite(site) }
    package func rewrite(_ address: IPAddress) -> IPAddress { anonymizer.rewrite(address) }

    package mutating func run() throws(Failure) -> Account {
        let type = try? FilePath(options.input).stat().type
        guard type == .regular || type == .directory || type == nil, options.input != "-" else { throw .notRepeatable(options.input) }
        let others: [SavefileError]
        do throws(SavefileError) { (files, others) = try CaptureInput.files(at: options.input) } catch { throw .input(error) }
        if files.isEmpty { files = [options.input] }
        for path in [options.output, options.siteOutput].compactMap(\.self) {
            if files.contains(where: { FileIdentity.isSame($0, path) }) { throw .output("\(path): cannot write: it is the input") }
            if let source = options.sources.first(where: { FileIdentity.isSame($0, path) }) {
                throw .output("\(path): cannot write: it is \(source), which was read")
            }
        }
        if let path = options.siteOutput, FileIdentity.isSame(path, options.output) {
            throw .output("\(path): cannot write: the capture is written there")
        }
        let count = try survey()
        try write(count)
        account.warnings = others + account.warnings
        account.notices = anonymizer.notices
        return account
    }

    private mutating func survey() throws(Failure) -> UInt64 {
        var input = try open()
        var number: UInt64 = 0
        while let record = try Self.next(&input) {
            number += 1
            input.withFrame { bytes in
                anonymizer.survey(bytes, record.linkType, originalLength: record.originalLength, at: record.time, number: number)
            }
        }
        anonymizer.endSurvey()
        return number
    }

    private mutating func write(_ count: UInt64) throws(Failure) {
        var input = try open()
        var number: UInt64 = 0
        var last = Timestamp(nanoseconds: 0)
        var target = SavefileWriter.Options(path: options.output)
        target.force = options.force
        target.application = options.application
        target.names = options.names(anonymizer.rewrite(options.site))
        var writer: SavefileWriter
        do throws(OutputFile.Refusal) { writer = try SavefileWriter(target, at: last) } catch {
            throw .output("\(options.output): cannot write: \(error)")
        }
        while let record = try Self.next(&input) {
            number += 1
            last = max(last, record.time)
            let octets = input.withFrame { bytes in
                anonymizer.rewrite(bytes, record.linkType, originalLength: record.originalLength, at: record.time, number: number)
            }
            if number > count || anonymizer.hasStrayed { throw .changed(input.name) }
            if octets.count < record.capturedLength { account.cutPackets += 1 }
            let interface = place(of: Interface(file: input.name, number: record.interface, linkType: record.linkType), &writer)
            writer.write(octets.span, interface: interface, time: record.time, originalLength: record.originalLength)
            if let notice = writer.takeNotices().first { throw .output(notice.description) }
        }
        if number < count { throw .changed(options.input) }
        account.packets = number
        account.warnings = input.warnings
        writer.statistics = Self.statistics(input.interfaceStatistics, hasInterface: !interfaces.isEmpty)
        writer.finish(at: input.interfaceStatistics.latestEnd ?? last)
        if let notice = writer.takeNotices().first { throw .output(notice.description) }
    }

    private func open() throws(Failure) -> CaptureInput {
        do throws(SavefileError) { return try CaptureInput(paths: files) } catch { throw .input(error) }
    }

    private static func next(_ input: inout CaptureInput) throws(Failure) -> FrameRecord? {
        do throws(SavefileError) { return try input.next() } catch { throw .input(error) }
    }

    /// Names and addresses of interfaces, and filters, are left out.
    private mutating func place(of interface: Interface, _ writer: inout SavefileWriter) -> Int {
        if let place = interfaces[interface] { return place }
        let place = writer.describe(InterfaceDescription(name: nil, linkType: interface.linkType))
        interfaces[interface] = place
        return place
    }

    /// What was lost, and the interval observed, of all interfaces together.
    private static func statistics(_ all: [InterfaceStatistics], hasInterface: Bool) -> [InterfaceStatistics] {
        var sum = InterfaceStatistics(interface: 0)
        if all.lostByKernel > 0 { sum.osDropped = all.lostByKernel }
        if all.lostByInterface > 0 { sum.interfaceDropped = all.lostByInterface }
        sum.start = all.earliestStart
        sum.end = all.latestEnd
        return hasInterface && sum != InterfaceStatistics(interface: 0) ? [sum] : []
    }
}

extension Anonymization.Options {
    /// Names of the site for whoever opens the file.
    fileprivate func names(_ site: Site) -> [NameRecord] {
        site.vips.compactMap { vip in vip.name.map { NameRecord(vip.address, $0) } }
            + site.nodes.compactMap { node in node.address.map { NameRecord($0, node.name) } }
    }
}

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
        if let file = FileIdentity(options.output), FileIdentity(options.input) == file {
            throw .output("\(options.output): cannot write: it is the input")
        }
        try survey()
        try write()
        account.notices = anonymizer.notices
        return account
    }

    private mutating func survey() throws(Failure) {
        var input = try open()
        var number: UInt64 = 0
        while let record = try Self.next(&input) {
            number += 1
            input.withFrame { bytes in
                anonymizer.survey(bytes, record.linkType, originalLength: record.originalLength, at: record.time, number: number)
            }
        }
        anonymizer.endSurvey()
    }

    private mutating func write() throws(Failure) {
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
            if octets.count < record.capturedLength { account.cutPackets += 1 }
            let interface = place(of: Interface(file: input.name, number: record.interface, linkType: record.linkType), &writer)
            writer.write(octets.span, interface: interface, time: record.time, originalLength: record.originalLength)
            if let notice = writer.takeNotices().first { throw .output(notice.description) }
        }
        account.packets = number
        account.warnings = input.warnings
        writer.statistics = Self.statistics(input.interfaceStatistics, hasInterface: !interfaces.isEmpty)
        writer.finish(at: input.interfaceStatistics.latestEnd ?? last)
        if let notice = writer.takeNotices().first { throw .output(notice.description) }
    }

    private func open() throws(Failure) -> CaptureInput {
        do throws(SavefileError) { return try CaptureInput(paths: [options.input]) } catch { throw .input(error) }
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

import Foundation
import Savefile
import Testing
import Wire

/// Captures of public test suites, which are not ours to publish: beside the repository, or where VIPSCOPE_CORPUS says.
enum Corpus {
    struct Row: CustomTestStringConvertible {
        var file: String
        var packets: Int
        var linkTypes: Set<UInt32>
        var testDescription: String { file }
    }

    static let path: String = {
        if let path = ProcessInfo.processInfo.environment["VIPSCOPE_CORPUS"] { return path }
        let here = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        return here.appendingPathComponent("../../../../shared/corpus").standardizedFileURL.path
    }()

    static let rows: [Row] = {
        guard let manifest = try? String(contentsOfFile: path + "/manifest.tsv", encoding: .utf8) else { return [] }
        return manifest.split(separator: "\n").dropFirst().compactMap { line in
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard columns.count > 4, let packets = Int(columns[3]) else { return nil }
            let linkTypes = columns[4].split(separator: ",").compactMap { UInt32($0) }
            return Row(file: String(columns[0]), packets: packets, linkTypes: Set(linkTypes))
        }
    }()
}

@Suite(.enabled(if: !Corpus.rows.isEmpty, "there is no corpus beside the repository"))
struct CorpusTests {
    /// What does not end as it should, and why.
    private static let damaged: [String: String] = [
        "fpcap__tracefiles__RICS2021_787__fwscada_20200625_160926.pcap":
            "record at octet 536552: 24 of 58 octets are there; the file is cut short",
        "suricata-verify__bug-1450-04__tls_DER-incomplete-header.pcap":
            "record at octet 5035: captured length 4325376 is more than 262144; the file is corrupt from here on",
        "suricata-verify__bug-1450-05__tls_DER-incomplete-content.pcap":
            "record at octet 5035: captured length 4325376 is more than 262144; the file is corrupt from here on",
        // Its second section is of version 2; the manifest counts the third section's packets, too.
        "gopacket__pcapgo__tests__be__test901.pcapng": "record at octet 480: pcapng version 2.0 is not supported",
        "pcapplusplus__ExamplesTest__pcap_examples__solaris.snoop": "is a snoop file (RFC 1761), which is not supported; convert it",
    ]

    @Test(arguments: Corpus.rows)
    func countsEveryPacket(_ row: Corpus.Row) throws {
        let path = Corpus.path + "/captures/" + row.file
        let reading = Reading(path, bufferSize: 4096)

        if let damage = Self.damaged[row.file] {
            #expect(reading.error?.description.hasPrefix("\(path): \(damage)") == true, "\(String(describing: reading.error))")
        } else {
            #expect(reading.error == nil)
        }
        #expect(reading.records.count == (row.file == "gopacket__pcapgo__tests__be__test901.pcapng" ? 1 : row.packets))
        #expect(Set(reading.records.map(\.linkType.rawValue)).isSubset(of: row.linkTypes))
        #expect(zip(reading.records, reading.frames).allSatisfy { $0.capturedLength == $1.count })
    }
}

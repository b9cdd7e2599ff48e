import CPcap
package import Wire

/// A capture filter in libpcap's language, compiled for one link type (pcap-filter(7)).
@safe package struct BPFFilter: ~Copyable {
    package let expression: String
    package let linkType: LinkType
    private var program = unsafe bpf_program()

    /// - Throws: `FilterError` with libpcap's own words where the expression does not compile.
    package init(_ expression: String, linkType: LinkType) throws(FilterError) {
        self.expression = expression
        self.linkType = linkType
        guard let handle = unsafe pcap_open_dead(linkType.dataLink, 262_144) else {
            throw FilterError(expression: expression, problem: "out of memory")
        }
        defer { unsafe pcap_close(handle) }
        let status = unsafe pcap_compile(handle, &program, expression, 1, UInt32.max)
        guard status == 0 else {
            throw unsafe FilterError(expression: expression, problem: String(cString: pcap_geterr(handle)))
        }
    }

    deinit {
        var program = unsafe program
        unsafe pcap_freecode(&program)
    }

    package func matches(_ bytes: Span<UInt8>, originalLength: Int) -> Bool {
        var header = pcap_pkthdr()
        header.caplen = UInt32(clamping: bytes.count)
        header.len = UInt32(clamping: originalLength)
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            var program = unsafe program
            return unsafe pcap_offline_filter(&program, &header, buffer.baseAddress) != 0
        }
    }
}

extension LinkType {
    /// libpcap compiles for the system's DLT_ number, which differs from the file's LINKTYPE_ number for raw IP alone among those that
    /// are decoded.
    fileprivate var dataLink: Int32 { self == .raw || rawValue == 14 ? DLT_RAW : Int32(clamping: rawValue) }
}

package struct FilterError: Error, Hashable, Sendable, CustomStringConvertible {
    package var expression: String
    package var problem: String

    package var description: String { "filter \"\(expression)\": \(problem)" }
}

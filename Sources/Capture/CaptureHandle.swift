import CLinux
import CPcap
import Glibc
package import Wire

/// A record of a live frame.
package struct LiveRecord: Hashable, Sendable {
    package var time: Timestamp
    package var originalLength: Int
    package var linkType: LinkType
    /// The place of its interface among those listened to.
    package var interface: Int

    package init(time: Timestamp, originalLength: Int, linkType: LinkType, interface: Int) {
        self.time = time
        self.originalLength = originalLength
        self.linkType = linkType
        self.interface = interface
    }
}

/// What the kernel counted since the interface was opened (pcap_stats(3PCAP)).
package struct KernelStatistics: Hashable, Sendable {
    /// Frames that passed the filter, those lost among them.
    package var received: UInt64
    /// Lost because the ring was full.
    package var dropped: UInt64
    /// Lost by the interface or its driver.
    package var interfaceDropped: UInt64

    package init(received: UInt64 = 0, dropped: UInt64 = 0, interfaceDropped: UInt64 = 0) {
        self.received = received
        self.dropped = dropped
        self.interfaceDropped = interfaceDropped
    }
}

/// An interface opened for capture: lends frames to a closure, never waits.
///
/// A blocking read did not return on a quiet link, so that whoever reads waits with `poll` on the descriptor.
@safe package struct CaptureHandle: ~Copyable {
    package let interface: String
    package let linkType: LinkType
    /// For `poll`.
    package let descriptor: Int32
    private let handle: OpaquePointer
    private let nanosecondsPerTick: Int64

    package init(_ interface: String, _ options: CaptureOptions) throws(CaptureError) {
        guard interface != "any" else {
            throw CaptureError(
                .noInterface, interface,
                "its frames lack the destination MAC, without which announcers cannot be told apart: name an interface, or several")
        }
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard let handle = unsafe pcap_create(interface, &message) else {
            throw CaptureError(.other, interface, Self.text(message))
        }
        unsafe pcap_set_snaplen(handle, Int32(clamping: options.snapshotLength))
        unsafe pcap_set_promisc(handle, options.isPromiscuous ? 1 : 0)
        unsafe pcap_set_timeout(handle, Int32(clamping: options.blockTimeOut.nanoseconds / 1_000_000))
        unsafe pcap_set_buffer_size(handle, Int32(clamping: options.ringSize))
        // Refused where the clock has no nanoseconds; microseconds then.
        unsafe pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO)
        let status = unsafe pcap_activate(handle)
        guard status >= 0, unsafe pcap_setnonblock(handle, 1, &message) == 0 else {
            let error = Self.error(status, interface, unsafe String(cString: pcap_geterr(handle)))
            unsafe pcap_close(handle)
            throw error
        }
        self.interface = interface
        unsafe self.handle = handle
        linkType = LinkType(dataLink: unsafe pcap_datalink(handle))
        descriptor = unsafe pcap_get_selectable_fd(handle)
        nanosecondsPerTick = unsafe pcap_get_tstamp_precision(handle) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000
    }

    deinit { unsafe pcap_close(handle) }

    /// From now on the kernel passes only what matches.
    package func filter(_ filter: String) throws(CaptureError) {
        var program = unsafe bpf_program()
        guard unsafe pcap_compile(handle, &program, filter, 1, UInt32.max) == 0 else {
            throw CaptureError(.filter, interface, "filter \"\(filter)\": \(problem)")
        }
        defer { unsafe pcap_freecode(&program) }
        guard unsafe pcap_setfilter(handle, &program) == 0 else { throw CaptureError(.filter, interface, problem) }
    }

    /// The kernel passes from now on what matches this filter, which lets pass all that the one before it did.
    ///
    /// libpcap bars all frames for a moment while it changes a filter, so that none is left that the new one would not let pass, and what comes in
    /// that moment is lost without being counted (measured: 8 of 243,000 frames a second). The kernel itself changes filters between two
    /// frames. Those that wait in the ring have passed the filter before, and stay.
    package func widen(to filter: String) throws(CaptureError) {
        // Filters of cooked links are libpcap's to mend: its offsets are not the kernel's.
        guard linkType == .ethernet || linkType == .raw else { return try self.filter(filter) }
        var program = unsafe bpf_program()
        guard unsafe pcap_compile(handle, &program, filter, 1, UInt32.max) == 0 else {
            throw CaptureError(.filter, interface, "filter \"\(filter)\": \(problem)")
        }
        defer { unsafe pcap_freecode(&program) }
        let count = unsafe program.bf_len
        guard let length = UInt16(exactly: count), let instructions = unsafe program.bf_insns else {
            throw CaptureError(.filter, interface, "\(count) instructions are more than the kernel takes")
        }
        // The two libraries' instructions are the same eight octets.
        let status = unsafe instructions.withMemoryRebound(to: sock_filter.self, capacity: Int(length)) { instructions in
            var attached = unsafe sock_fprog(len: length, filter: instructions)
            return unsafe setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &attached, socklen_t(MemoryLayout<sock_fprog>.size))
        }
        guard status == 0 else { throw CaptureError(.filter, interface, unsafe String(cString: strerror(errno))) }
    }

    package typealias Body = (Span<UInt8>, LiveRecord) -> Void

    private struct Context {
        var body: Body
        var record: LiveRecord
        var nanosecondsPerTick: Int64
    }

    /// Lends the frames that wait, so many at the most.
    ///
    /// - Returns: how many there were.
    package func dispatch(_ limit: Int, interface place: Int, _ body: Body) throws(CaptureError) -> Int {
        let count = withoutActuallyEscaping(body) { body in
            var context = Context(
                body: body,
                record: LiveRecord(time: Timestamp(nanoseconds: 0), originalLength: 0, linkType: linkType, interface: place),
                nanosecondsPerTick: nanosecondsPerTick)
            return unsafe withUnsafeMutablePointer(to: &context) { context in
                unsafe pcap_dispatch(
                    handle, Int32(clamping: limit), Self.callback, UnsafeMutableRawPointer(context).assumingMemoryBound(to: UInt8.self))
            }
        }
        guard count >= 0 else { throw Self.error(count, interface, problem) }
        return Int(count)
    }

    private static let callback: pcap_handler = { context, header, octets in
        guard let context = unsafe context, let header = unsafe header else { return }
        unsafe UnsafeMutableRawPointer(context).withMemoryRebound(to: Context.self, capacity: 1) { context in
            let header = unsafe header.pointee
            var record = unsafe context.pointee.record
            record.time = unsafe Timestamp(
                nanoseconds: Int64(header.ts.tv_sec) * 1_000_000_000 + Int64(header.ts.tv_usec) * context.pointee.nanosecondsPerTick)
            record.originalLength = Int(header.len)
            let frame = unsafe UnsafeBufferPointer(start: octets, count: Int(header.caplen))
            unsafe context.pointee.body(frame.span, record)
        }
    }

    package var statistics: KernelStatistics {
        var counts = pcap_stat()
        guard unsafe pcap_stats(handle, &counts) == 0 else { return KernelStatistics() }
        return KernelStatistics(
            received: UInt64(counts.ps_recv), dropped: UInt64(counts.ps_drop), interfaceDropped: UInt64(counts.ps_ifdrop))
    }

    private var problem: String { unsafe String(cString: pcap_geterr(handle)) }

    private static func text(_ message: [CChar]) -> String {
        String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func error(_ status: Int32, _ interface: String, _ detail: String) -> CaptureError {
        let words = unsafe String(cString: pcap_statustostr(status))
        let problem = detail.isEmpty ? words : detail
        switch status {
        case PCAP_ERROR_PERM_DENIED, PCAP_ERROR_PROMISC_PERM_DENIED: return CaptureError(.notPermitted, interface, problem)
        case PCAP_ERROR_NO_SUCH_DEVICE: return CaptureError(.noInterface, interface, problem)
        case PCAP_ERROR_IFACE_NOT_UP: return CaptureError(.down, interface, "is down")
        default: return CaptureError(.other, interface, problem)
        }
    }
}

extension LinkType {
    /// The savefile's number of what libpcap calls by the system's DLT_ number: they differ for raw IP among what is decoded.
    init(dataLink: Int32) { self = dataLink == DLT_RAW ? .raw : Self(rawValue: UInt32(clamping: dataLink)) }
}

import Glibc
package import Wire

/// Frames of several interfaces as they come. What happens to an interface is told, and it is opened again when it is back.
package struct LiveSource: ~Copyable {
    /// What happened besides frames.
    package enum Notice: Sendable, CustomStringConvertible {
        case interface(InterfaceChange)
        case failed(CaptureError)
        case reopened(String)

        package var description: String {
            switch self {
            case .interface(let change): change.description
            case .failed(let error): "\(error)"
            case .reopened(let name): "\(name) is listened to again"
            }
        }
    }

    private final class Slot {
        var watch: InterfaceWatch
        var handle: CaptureHandle?
        var linkType: LinkType
        /// What the handle was told to let pass.
        private var filter = ""
        /// Since the start, and of the handle when it was last asked: its counters have 32 bits and come round.
        private var total = KernelStatistics()
        private var last = KernelStatistics()
        /// A word about it was said, and once is enough.
        var hasFailed = false

        init(_ watch: InterfaceWatch, _ handle: consuming CaptureHandle) {
            self.watch = watch
            linkType = handle.linkType
            self.handle = consume handle
        }

        var descriptor: Int32? { handle?.descriptor }

        var statistics: KernelStatistics {
            guard let now = handle?.statistics else { return total }
            func grown(_ now: UInt64, _ last: UInt64) -> UInt64 { (now &- last) & 0xffff_ffff }
            total.received += grown(now.received, last.received)
            total.dropped += grown(now.dropped, last.dropped)
            total.interfaceDropped += grown(now.interfaceDropped, last.interfaceDropped)
            last = now
            return total
        }

        func filter(_ expression: String) throws(CaptureError) {
            try handle?.filter(expression)
            filter = expression
        }

        /// - Returns: why it stays as it was; nil where nothing is open, too.
        func widen(to expression: String) -> CaptureError? {
            // To take the same again would lose frames where libpcap has to do it.
            guard handle != nil, expression != filter else { return nil }
            do throws(CaptureError) { try handle?.widen(to: expression) } catch { return error }
            filter = expression
            return nil
        }

        /// Takes the newest filter, or the one that it had when it does not take that.
        ///
        /// - Returns: why it does not.
        func resume(_ handle: consuming CaptureHandle, _ newest: String?) throws(CaptureError) -> CaptureError? {
            let mayKeep = linkType == handle.linkType
            var refusal: CaptureError?
            do throws(CaptureError) {
                if let newest { try handle.filter(newest) }
                filter = newest ?? ""
            } catch {
                guard mayKeep else { throw error }
                try handle.filter(filter)
                refusal = error
            }
            linkType = handle.linkType
            self.handle = consume handle
            return refusal
        }

        func close() {
            _ = statistics
            last = KernelStatistics()
            handle = nil
        }
    }

    private let slots: [Slot]
    private let options: CaptureOptions
    /// The newest of each link type, which an interface may have refused.
    private var filters: [LinkType: String] = [:]
    private var notices: [Notice] = []
    private var hasError = false

    package init(_ interfaces: [String], _ options: CaptureOptions) throws(CaptureError) {
        self.options = options
        var slots: [Slot] = []
        let known = NetworkInterface.all
        for name in interfaces {
            let handle = try Self.open(name, options)
            let interface = known.first { $0.name == name } ?? NetworkInterface(name: name, index: 0, isUp: true)
            slots.append(Slot(InterfaceWatch(interface), handle))
        }
        self.slots = slots
    }

    private static func open(_ name: String, _ options: CaptureOptions) throws(CaptureError) -> CaptureHandle {
        var handle: CaptureHandle?
        try Privileges.withNetRaw { () throws(CaptureError) in handle = try CaptureHandle(name, options) }
        guard let handle = handle.take() else { throw CaptureError(.other, name, "cannot be opened") }
        return handle
    }

    package var interfaces: [NetworkInterface] {
        slots.map { $0.watch.current ?? NetworkInterface(name: $0.watch.name, index: 0, isUp: false) }
    }
    package var linkTypes: [LinkType] { slots.map(\.linkType) }
    package var statistics: [KernelStatistics] { slots.map(\.statistics) }

    /// The kernel passes only what matches; nil lets all of a link type pass.
    package mutating func filter(_ expression: (LinkType) -> String?) throws(CaptureError) {
        filters = [:]
        for slot in slots {
            filters[slot.linkType] = expression(slot.linkType)
            try slot.filter(filters[slot.linkType] ?? "")
        }
    }

    /// The same while frames come, none of which is lost: what passed before passes still, also where an interface does not take it.
    ///
    /// - Returns: of each interface, why its filter stays as it was. Those that have the new one are not asked again, and one that comes
    ///   back is asked for it first.
    package mutating func widen(_ expression: (LinkType) -> String?) -> [CaptureError?] {
        for slot in slots { filters[slot.linkType] = expression(slot.linkType) }
        return slots.map { $0.widen(to: filters[$0.linkType] ?? "") }
    }

    /// Waits until frames are there, or so long.
    package mutating func wait(atMost time: Interval) {
        var descriptors = slots.compactMap(\.descriptor).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let milliseconds = Int32(clamping: time.nanoseconds / 1_000_000)
        // An interface that is down is an error for ever: no reason to ask again at once.
        if hasError || descriptors.isEmpty {
            usleep(UInt32(clamping: milliseconds) * 1000)
        } else {
            _ = unsafe poll(&descriptors, nfds_t(descriptors.count), milliseconds)
        }
        hasError = descriptors.contains { Int32($0.revents) & (POLLERR | POLLHUP | POLLNVAL) != 0 }
    }

    /// Lends the frames that wait, so many of each interface at the most.
    ///
    /// - Returns: how many there were.
    package mutating func dispatch(_ limit: Int, _ body: CaptureHandle.Body) -> Int {
        var count = 0
        for (place, slot) in slots.enumerated() where slot.handle != nil {
            do throws(CaptureError) { count += try slot.handle?.dispatch(limit, interface: place, body) ?? 0 } catch {
                slot.close()
                // An interface that went away is told by the look at all of them.
                if NetworkInterface.all.contains(where: { $0.name == slot.watch.name && $0.isUp }) { notices.append(.failed(error)) }
            }
        }
        if count > 0 { hasError = false }
        return count
    }

    /// Looks at the interfaces, opens again what can be, and tells what happened since.
    package mutating func look() -> [Notice] {
        let all = NetworkInterface.all
        for slot in slots {
            let changes = slot.watch.look(all)
            notices += changes.map(Notice.interface)
            if changes.contains(where: { if case .vanished = $0 { true } else { false } }) { slot.close() }
            if slot.handle == nil, slot.watch.current?.isUp == true { reopen(slot) }
        }
        defer { notices.removeAll() }
        return notices
    }

    private mutating func reopen(_ slot: Slot) {
        do throws(CaptureError) {
            let handle = try Self.open(slot.watch.name, options)
            let newest = filters[handle.linkType]
            let refusal = try slot.resume(handle, newest)
            slot.hasFailed = false
            notices.append(.reopened(slot.watch.name))
            if let refusal { notices.append(.failed(refusal)) }
        } catch {
            if !slot.hasFailed { notices.append(.failed(error)) }
            slot.hasFailed = true
        }
    }
}

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

        func close() {
            _ = statistics
            last = KernelStatistics()
            handle = nil
        }
    }

    private let slots: [Slot]
    private let options: CaptureOptions
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
            try slot.handle?.filter(filters[slot.linkType] ?? "")
        }
    }

    /// The same while frames come, none of which is lost: what passed before passes still, also where an interface does not take it.
    package mutating func widen(_ expression: (LinkType) -> String?) throws(CaptureError) {
        var widened = filters
        var refusal: CaptureError?
        for slot in slots {
            widened[slot.linkType] = expression(slot.linkType)
            do throws(CaptureError) { try slot.handle?.widen(to: widened[slot.linkType] ?? "") } catch { refusal = refusal ?? error }
        }
        if let refusal { throw refusal }
        // An interface that comes back gets what the others have: the new filter when all of them took it.
        filters = widened
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
            slot.linkType = handle.linkType
            if let filter = filters[handle.linkType] { try handle.filter(filter) }
            slot.handle = consume handle
            slot.hasFailed = false
            notices.append(.reopened(slot.watch.name))
        } catch {
            if !slot.hasFailed { notices.append(.failed(error)) }
            slot.hasFailed = true
        }
    }
}

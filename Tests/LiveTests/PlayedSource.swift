import Agent
import Capture
import Support
import Wire

/// A clock that tests set.
final class TestClock {
    var now: Timestamp
    init(_ now: Timestamp) { self.now = now }
}

/// Filters as they were set while frames were played, and what is said to the next one.
final class Filters {
    var list: [(time: Timestamp, expression: String)] = []
    /// Of each interface.
    var refusals: [CaptureError?] = []
}

/// Interfaces that play frames: each is handed over when the clock has passed it by so much, and waiting moves the clock.
struct PlayedSource: ~Copyable, FrameSource {
    let clock: TestClock
    var frames: [TestFrame]
    /// Of each frame: which interface it is of.
    var places: [Int] = []
    var names = ["eth0"]
    var delay = Interval.milliseconds(40)
    /// What happens at which look.
    var notices: [[LiveSource.Notice]] = []
    var counts: [KernelStatistics] = []
    /// Moves the clock at a given wait.
    var steps: [Int: Interval] = [:]
    /// What the capture filter was made into.
    let filters = Filters()
    private var waits = 0
    private var looks = 0

    init(_ frames: [TestFrame], _ clock: TestClock) {
        self.frames = frames
        self.clock = clock
    }

    var interfaces: [NetworkInterface] { names.map { NetworkInterface(name: $0, index: 1, isUp: true) } }
    var linkTypes: [LinkType] { names.map { _ in frames.first?.linkType ?? .ethernet } }
    var statistics: [KernelStatistics] { counts.isEmpty ? names.map { _ in KernelStatistics() } : counts }

    mutating func wait(atMost time: Interval) {
        clock.now = clock.now + time + (steps[waits] ?? .zero)
        waits += 1
    }

    mutating func dispatch(_ limit: Int, _ body: CaptureHandle.Body) -> Int {
        var count = 0
        // An interface after another, as blocks come.
        for place in names.indices {
            var rest: [TestFrame] = []
            var restPlaces: [Int] = []
            for (index, frame) in frames.enumerated() {
                let own = places.isEmpty ? 0 : places[index]
                if own == place, frame.time + delay <= clock.now {
                    count += 1
                    body(
                        frame.bytes.span,
                        LiveRecord(time: frame.time, originalLength: frame.originalLength, linkType: frame.linkType, interface: place))
                } else {
                    rest.append(frame)
                    restPlaces.append(own)
                }
            }
            (frames, places) = (rest, restPlaces)
        }
        return count
    }

    mutating func widen(_ expression: (LinkType) -> String?) -> [CaptureError?] {
        filters.list.append((clock.now, expression(linkTypes[0]) ?? ""))
        return filters.refusals.isEmpty ? names.map { _ in nil } : filters.refusals
    }

    mutating func look() -> [LiveSource.Notice] {
        looks += 1
        return looks <= notices.count ? notices[looks - 1] : []
    }
}

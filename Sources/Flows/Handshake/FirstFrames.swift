package import Wire

/// The first three frames of a kind: a small collection that needs no heap.
package struct FirstFrames: Hashable, Sendable, RandomAccessCollection, ExpressibleByArrayLiteral {
    private var frames: (FrameReference, FrameReference, FrameReference) = (.none, .none, .none)
    package private(set) var count = 0

    package init() {}

    package init(arrayLiteral elements: FrameReference...) {
        for element in elements { append(element) }
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { count }

    package subscript(position: Int) -> FrameReference {
        switch position {
        case 0: frames.0
        case 1: frames.1
        default: frames.2
        }
    }

    /// Frames after the third are not kept.
    mutating func append(_ frame: FrameReference) {
        switch count {
        case 0: frames.0 = frame
        case 1: frames.1 = frame
        case 2: frames.2 = frame
        default: return
        }
        count += 1
    }

    package static func == (left: Self, right: Self) -> Bool { left.count == right.count && left.frames == right.frames }

    package func hash(into hasher: inout Hasher) {
        for frame in self { hasher.combine(frame) }
    }
}

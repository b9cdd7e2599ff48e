package import Wire

/// Anomalies counted by layer and kind.
package struct AnomalyCounts: Sendable {
    package struct Entry: Hashable, Sendable {
        package var layer: Layer
        package var kind: Anomaly.Kind
        package var count: UInt64
    }

    private var counts = [UInt64](repeating: 0, count: Layer.allCases.count * Anomaly.Kind.allCases.count)

    package private(set) var total: UInt64 = 0

    mutating func count(_ anomaly: Anomaly) {
        total += 1
        counts[Int(anomaly.layer.rawValue) * Anomaly.Kind.allCases.count + anomaly.kind.index] += 1
    }

    /// Those that occurred, in the order of layers and kinds.
    package var entries: [Entry] {
        Layer.allCases.flatMap { layer in
            Anomaly.Kind.allCases.compactMap { kind in
                let count = counts[Int(layer.rawValue) * Anomaly.Kind.allCases.count + kind.index]
                return count == 0 ? nil : Entry(layer: layer, kind: kind, count: count)
            }
        }
    }
}

extension Anomaly.Kind {
    fileprivate var index: Int {
        switch self {
        case .truncated: 0
        case .malformed: 1
        case .unsupported: 2
        case .cutByCapture: 3
        }
    }
}

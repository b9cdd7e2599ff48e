package import Wire

/// A capture filter over frames of any link type: compiled for each as it comes.
package struct FrameFilter: ~Copyable {
    private let expression: String
    private var compiled: BPFFilter?

    package init(_ expression: String) { self.expression = expression }

    /// A frame whose link type nobody decodes passes: it is counted as such further on.
    package mutating func matches(_ bytes: Span<UInt8>, _ linkType: LinkType, originalLength: Int) throws(FilterError) -> Bool {
        guard linkType.isSupported else { return true }
        if compiled?.linkType != linkType { compiled = try BPFFilter(expression, linkType: linkType) }
        return compiled?.matches(bytes, originalLength: originalLength) ?? true
    }
}

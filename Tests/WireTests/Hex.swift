import Testing
import Wire

/// Octets from hexadecimal digits; spaces and line ends between them are free.
func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue).map(UInt8.init)
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// Decodes from the front of octets; gives the value and what the decoder left.
func decode<Value>(
    _ octets: some Collection<UInt8>, _ decoder: (inout Span<UInt8>) throws(DecodeError) -> Value
) throws(DecodeError) -> (value: Value, rest: [UInt8]) {
    let octets = Array(octets)
    var cursor = octets.span
    let value = try decoder(&cursor)
    return (value, [UInt8](copying: cursor))
}

/// Dissects octets as the first frame of a capture.
func dissect(_ octets: [UInt8], _ linkType: LinkType = .ethernet, originalLength: Int? = nil) -> Packet {
    let frame = FrameReference(number: 1, time: Timestamp(nanoseconds: 0))
    return Dissector().dissect(octets.span, linkType: linkType, frame: frame, originalLength: originalLength ?? octets.count)
}

/// The message in a frame, as the standard registry finds it.
func message(in octets: [UInt8], _ linkType: LinkType = .ethernet) throws(Anomaly) -> (any Message)? {
    try MessageRegistry.standard.message(of: dissect(octets, linkType), in: octets.span)
}

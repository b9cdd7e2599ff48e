/// An option of an IPv4 header (RFC 791 §3.1). Types are open (IP Option Numbers, IANA).
public struct IPv4Option: Hashable, Sendable {
    public var type: UInt8
    /// What stands behind the type and the length; nothing in options of one octet.
    public var content: [UInt8]

    static let endOfList: UInt8 = 0
    static let noOperation: UInt8 = 1

    /// The options up to the end of their list. What does not decode ends it: nobody but `decode` asks for options, and the header stands
    /// without them.
    public static func list(lenient bytes: Span<UInt8>) -> [IPv4Option] {
        var options: [IPv4Option] = []
        var rest = bytes
        while let option = try? IPv4Option(decoding: &rest) {
            options.append(option)
            if option.type == endOfList { break }
        }
        return options
    }

    private init(decoding bytes: inout Span<UInt8>) throws(DecodeError) {
        type = try bytes.read()
        content = []
        if type == Self.endOfList || type == Self.noOperation { return }
        let length: UInt8 = try bytes.read()
        guard length >= 2 else { throw .malformed("option length") }
        content = try bytes.readArray(Int(length) - 2)
    }
}

/// A question (RFC 1035 §4.1.2).
public struct DNSQuestion: Hashable, Sendable {
    public var name: DNSName
    public var type: DNSType
    public var recordClass: DNSClass

    init(decoding message: Span<UInt8>, at offset: inout Int) throws(DecodeError) {
        name = try DNSNameBuffer(decoding: message, at: &offset).name
        var rest = message.extracting(droppingFirst: offset)
        type = DNSType(rawValue: try rest.read())
        recordClass = DNSClass(rawValue: try rest.read())
        offset += 4
    }
}

/// What stands in a resource record between its name and its data (RFC 1035 §4.1.3).
public struct DNSRecordHeader {
    public var type: DNSType
    public var recordClass: DNSClass
    /// In seconds.
    public var timeToLive: UInt32
    public var data: Range<Int>

    /// From the end of the record's name; moves `offset` past the record, data included.
    public init(decoding message: Span<UInt8>, at offset: inout Int) throws(DecodeError) {
        var rest = message.extracting(droppingFirst: offset)
        type = DNSType(rawValue: try rest.read())
        recordClass = DNSClass(rawValue: try rest.read())
        timeToLive = try rest.read()
        let length: UInt16 = try rest.read()
        offset += 10
        try rest.require(Int(length))
        data = offset..<(offset + Int(length))
        offset = data.upperBound
    }
}

/// A resource record.
public struct DNSRecord: Hashable, Sendable {
    public var name: DNSName
    public var type: DNSType
    public var recordClass: DNSClass
    /// In seconds.
    public var timeToLive: UInt32
    public var data: DNSRecordData

    /// - Parameter question: the name of the first question. Most records are about it and say so by a pointer to it, so it
    ///   need not be read again.
    init(decoding message: Span<UInt8>, at offset: inout Int, question: DNSName?) throws(DecodeError) {
        if let question, offset + 2 <= message.count, message.uint16(at: offset) == DNSOctets.pointerToQuestion {
            name = question
            offset += 2
        } else {
            name = try DNSNameBuffer(decoding: message, at: &offset).name
        }
        let header = try DNSRecordHeader(decoding: message, at: &offset)
        type = header.type
        recordClass = header.recordClass
        timeToLive = header.timeToLive
        do throws(DecodeError) {
            data = try DNSRecordData(decoding: message, header: header)
        } catch {
            offset = header.data.lowerBound
            // All of the data is there, so what it lacks its length withholds.
            if case .truncated = error { throw .malformed("RDLENGTH") }
            throw error
        }
    }
}

/// A question (RFC 1035 §4.1.2).
package struct DNSQuestion: Hashable, Sendable {
    package var name: DNSName
    package var type: DNSType
    package var recordClass: UInt16

    init(decoding message: Span<UInt8>, at offset: inout Int) throws(DecodeError) {
        name = try DNSNameBuffer(decoding: message, at: &offset).name
        var rest = message.extracting(droppingFirst: offset)
        type = DNSType(rawValue: try rest.read())
        recordClass = try rest.read()
        offset += 4
    }
}

/// The fixed part of a resource record, its data not yet read (RFC 1035 §4.1.3).
package struct DNSRecordHeader {
    package var name: DNSNameBuffer
    package var type: DNSType
    package var recordClass: UInt16
    /// In seconds.
    package var timeToLive: UInt32
    package var data: Range<Int>

    /// Moves `offset` past the record, data included.
    package init(decoding message: Span<UInt8>, at offset: inout Int) throws(DecodeError) {
        name = try DNSNameBuffer(decoding: message, at: &offset)
        var rest = message.extracting(droppingFirst: offset)
        type = DNSType(rawValue: try rest.read())
        recordClass = try rest.read()
        timeToLive = try rest.read()
        let length: UInt16 = try rest.read()
        offset += 10
        try rest.require(Int(length))
        data = offset..<(offset + Int(length))
        offset = data.upperBound
    }
}

/// A resource record.
package struct DNSRecord: Hashable, Sendable {
    package var name: DNSName
    package var type: DNSType
    package var recordClass: UInt16
    /// In seconds.
    package var timeToLive: UInt32
    package var data: DNSRecordData

    init(decoding message: Span<UInt8>, at offset: inout Int) throws(DecodeError) {
        let header = try DNSRecordHeader(decoding: message, at: &offset)
        name = header.name.name
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

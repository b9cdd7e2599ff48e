import Wire

/// Stops, so that libFuzzer keeps the input, where something does not hold that must hold for every input.
@inline(__always)
func expect(_ condition: Bool, _ what: @autoclosure () -> String) {
    if !condition { fatalError(what()) }
}

/// Octets read past the end, or a refusal that makes no sense of what is there, are as bad as a trap.
func expectSense(_ error: DecodeError) {
    if case .truncated(let needed, let available) = error {
        expect(available >= 0 && needed > available, "truncated: \(needed) needed, \(available) available")
    }
}

func expectSense(_ anomaly: Anomaly, of count: Int) {
    expect((0...count).contains(anomaly.offset), "\(anomaly): outside of \(count) octets")
    expectSense(anomaly.error)
}

/// Decodes and describes.
@discardableResult
func decode<M: Message>(_ type: M.Type, _ bytes: Span<UInt8>) -> M? {
    var cursor = bytes
    do throws(DecodeError) {
        let message = try M(decoding: &cursor)
        var fields = Fields()
        message.describe(to: &fields)
        return message
    } catch {
        expectSense(error)
        return nil
    }
}

/// Asks whether the octets give the message away, and decodes them in any case.
@discardableResult
func recognize<M: RecognizableMessage>(_ type: M.Type, _ bytes: Span<UInt8>) -> M? {
    _ = M.recognizes(bytes)
    return decode(type, bytes)
}

/// Runs a decoder that is no message's.
func attempt(_ bytes: Span<UInt8>, _ body: (inout Span<UInt8>) throws(DecodeError) -> Void) {
    var cursor = bytes
    do throws(DecodeError) { try body(&cursor) } catch { expectSense(error) }
}

/// Takes fields in, as `decode` does.
struct Fields: FieldVisitor {
    private var octets = 0

    mutating func field(_ name: StaticString, _ value: UInt64) { take(name) }
    mutating func field(_ name: StaticString, flag: Bool) { take(name) }

    mutating func field(_ name: StaticString, _ value: String) {
        take(name)
        octets &+= value.utf8.count
    }

    mutating func list(_ name: StaticString, count: Int, _ describe: (Int, inout Self) -> Void) {
        take(name)
        for index in 0..<count { describe(index, &self) }
    }

    mutating func object(_ name: StaticString, _ describe: (inout Self) -> Void) {
        take(name)
        describe(&self)
    }

    private mutating func take(_ name: StaticString) { octets &+= name.utf8CodeUnitCount }
}

import QUICInitial
import Testing
import Wire

struct RetryIntegrityTests {
    private func verifies(_ datagram: [UInt8], _ original: ConnectionID) throws -> Bool? {
        var walker = QUICPacketWalker()
        guard case .retry(let retry)? = try walker.next(in: datagram.span) else { throw DecodeError.unsupported("packet") }
        var opener = try InitialOpener()
        return opener.verifies(retry, in: datagram.span, original: original)
    }

    /// RFC 9001 and RFC 9369 appendix A.4; draft-ietf-quic-tls-29 appendix A.4.
    @Test(arguments: [Vector.v1.retry, Vector.v2.retry, "ffff00001d0008f067a5502a4262b5746f6b656ed16926d81f6f9ca2953a8aa4575e1e49"])
    func tagsOfTheRFCs(_ retry: String) throws {
        #expect(try verifies(hex(retry), Vector.id) == true)
    }

    @Test func anyOtherTagTokenOrInitialIsRefused() throws {
        for index in [15, 19, 20, 35] {
            var damaged = hex(Vector.v1.retry)
            damaged[index] ^= 1
            #expect(try verifies(damaged, Vector.id) == false)
        }
        #expect(try verifies(hex(Vector.v1.retry), .empty) == false)
    }

    @Test func withoutAKeyNothingIsSaid() throws {
        #expect(try verifies(hex("ffff00001b0008f067a5502a4262b5746f6b656ed16926d81f6f9ca2953a8aa4575e1e49"), Vector.id) == nil)
    }
}

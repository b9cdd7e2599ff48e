@testable import QUICInitial
import Testing

struct CipherContextTests {
    /// Known at the start, and said: no packet meets it.
    @Test func whatLibcryptoLacksIsAnErrorWithItsName() {
        let error = #expect(throws: Unavailable.self) { _ = try CipherContext("AES-128-NONE") }
        #expect(error?.description == "libcrypto offers no AES-128-NONE")
    }

    @Test(arguments: ["AES-128-ECB", "AES-128-GCM"]) func whatInitialsTakeIsThere(_ name: String) throws {
        #expect(throws: Never.self) { _ = try CipherContext(name) }
    }
}

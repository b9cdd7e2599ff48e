import Digest
import QUICInitial

/// What libcrypto does not offer here: FIPS providers leave algorithms out.
package enum Cryptography {
    /// What is not told for want of an algorithm, in words: asked for at the start, so that no packet meets it.
    package static func shortcomings() -> [String] {
        var texts: [String] = []
        do throws(Unavailable) {
            _ = try InitialOpener()
        } catch { texts.append("\(error): QUIC is not told") }
        do throws(MessageDigest.Unavailable) {
            _ = try Fingerprint()
        } catch { texts.append("libcrypto offers no \(error.algorithm): TLS is not fingerprinted") }
        do throws(MessageDigest.Unavailable) {
            _ = try CommunityID()
        } catch { texts.append("libcrypto offers no \(error.algorithm): flows have no Community ID") }
        return texts
    }
}

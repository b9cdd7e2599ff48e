private import COpenSSL

/// A message digest over a span of octets, by OpenSSL's libcrypto.
package enum MessageDigest: Sendable {
    case md5, sha1, sha256
}

public import Wire

extension InitialOpener {
    /// Whether a Retry answers the Initial with this Destination Connection ID: its tag covers the ID, which is not in it
    /// (RFC 9001 §5.8). Nil for versions whose key we do not know.
    public mutating func verifies(_ retry: QUICRetry, in datagram: Span<UInt8>, original: ConnectionID) -> Bool? {
        guard let (key, nonce) = InitialScheme(retry.header.version)?.retryKey else { return nil }
        cipher.header.removeAll(keepingCapacity: true)
        cipher.header.append(original.length)
        for index in 0..<original.count { cipher.header.append(original[index]) }
        for index in retry.octets.lowerBound..<retry.integrityTag.lowerBound { cipher.header.append(datagram[index]) }
        return cipher.open(key, nonce: nonce, datagram.extracting(retry.integrityTag))
    }
}

/// A certificate of the lab's own authority, or of nobody.
struct Certificate: Sendable {
    enum Signer: String, CaseIterable { case authority, itself }

    let names: [String]
    let days: Int
    /// The day on which it was made, where that is not today.
    let made: String?
    let signer: Signer
    /// The authority's own certificate is sent along.
    let chain: Bool

    init(_ fields: Fields?) throws {
        names = try fields?.texts("names", or: ["*.laurivan.com"]) ?? ["*.laurivan.com"]
        days = try fields?.integer("days", or: 90) ?? 90
        made = fields?.has("made") == true ? try fields?.text("made") : nil
        signer = try fields?.choice("signer", or: .authority) ?? .authority
        chain = try fields?.flag("chain") ?? false
        try fields?.finish()
    }

    /// Where it lies: certificate and key, in PEM. The authority's own is `authority.crt`.
    struct Files: Sendable {
        let certificate: String
        let key: String
    }

    func make(_ lan: LAN, _ station: Station) async throws -> Files {
        let name = "\(station.name)-\(await lan.count("certificate"))"
        let files = Files(certificate: "\(lan.folder)/\(name).crt", key: "\(lan.folder)/\(name).key")
        var words = made.map { ["faketime", $0] } ?? []
        words += ["openssl", "req", "-x509"] + Self.newKey + ["-days", String(days), "-subj", "/CN=\(names[0])"]
        words += [
            "-addext", "subjectAltName=" + names.map { "DNS:\($0)" }.joined(separator: ","), "-keyout", files.key, "-out",
            files.certificate,
        ]
        if signer == .authority {
            let authority = try await Self.authority(lan)
            words += ["-CA", authority.certificate, "-CAkey", authority.key, "-addext", "basicConstraints=critical,CA:FALSE"]
        }
        try await Shell.must(words)
        if chain { try await Shell.must(["sh", "-c", "cat \(lan.folder)/authority.crt >> \(files.certificate)"]) }
        return files
    }

    private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]

    private static func authority(_ lan: LAN) async throws -> Files {
        let files = Files(certificate: "\(lan.folder)/authority.crt", key: "\(lan.folder)/authority.key")
        if await lan.count("authority") == 1 {
            try await Shell.must(
                ["openssl", "req", "-x509"] + newKey + [
                    "-days", "3650", "-subj", "/CN=Lab authority", "-keyout", files.key, "-out", files.certificate,
                ])
        }
        return files
    }
}

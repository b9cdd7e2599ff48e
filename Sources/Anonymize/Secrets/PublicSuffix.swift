/// What of a name tells nobody who it belongs to.
enum PublicSuffix {
    /// Words of text that are no names.
    static let words: Set<String> = ["http", "https", "ws", "wss"]

    /// Top-level domains that a home or a company may use; country codes have two letters.
    private static let topLevels: Set<String> = [
        "com", "org", "net", "edu", "gov", "mil", "int", "arpa", "info", "biz", "name", "pro", "dev", "app", "cloud", "online", "site",
        "xyz",
        "tech", "page", "local", "lan", "internal", "intranet", "home", "corp", "localdomain", "localhost", "test", "example", "invalid",
        "onion", "alt",
    ]
    private static let secondLevels: Set<String> = ["co", "com", "org", "net", "ac", "edu", "gov", "or", "ne", "go"]
    /// Names that rules and resolvers know.
    private static let wholes: [[String]] = [
        ["in-addr", "arpa"], ["ip6", "arpa"], ["home", "arpa"], ["resolver", "arpa"], ["quic", "cftunnel", "com"], ["cftunnel", "com"],
        ["v2", "argotunnel", "com"], ["argotunnel", "com"],
    ]

    /// How many of the last labels are kept, in lower case.
    static func length(of labels: [String]) -> Int {
        for whole in wholes where labels.suffix(whole.count) == whole[...] { return whole.count }
        guard let last = labels.last else { return 0 }
        let isCountry = labels.count > 1 && last.utf8.count == 2 && last.utf8.allSatisfy { (0x61...0x7a).contains($0) }
        guard isCountry || topLevels.contains(last) else { return 0 }
        return isCountry && labels.count > 2 && secondLevels.contains(labels[labels.count - 2]) ? 2 : 1
    }
}

import Flows
import Site
import Wire

// What several rules say and ask of an HTTP exchange.

extension HTTPExchange {
    func concerns(_ known: Knowledge) -> Bool { known.isVIP(server.address) && known.isService(server.port, of: server.address) }

    /// Without the port, in lower case.
    var host: String? {
        guard let host = request.host?.lowercased() else { return nil }
        if host.hasPrefix("[") { return host }
        return String(host.prefix { $0 != ":" })
    }

    var subject: Finding.Subject { Finding.Subject(vip: server.address, port: server.port, name: host) }
    var whose: String { host.map { "requests for \($0)" } ?? "requests without a Host" }
    var placeholders: [String: String] {
        ["vip": server.address.description, "port": server.port.description, "name": host ?? "NAME"]
    }

    /// The URL that was asked for.
    var url: String { request.target.hasPrefix("http") ? request.target : "http://\(request.host?.lowercased() ?? "")\(request.target)" }

    /// The URL that a redirect names, whole.
    var redirection: String? {
        guard let response, [301, 302, 303, 307, 308].contains(response.status), let location = response.location else { return nil }
        if location.hasPrefix("//") { return "http:\(location)" }
        return location.hasPrefix("/") ? "http://\(request.host?.lowercased() ?? "")\(location)" : location
    }
}

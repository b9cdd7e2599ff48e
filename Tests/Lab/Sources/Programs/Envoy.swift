import Foundation

/// Envoy with listeners at one address, and three upstreams on its own node: one whose port is closed, a silent one, and an application.
struct Envoy: Server {
    /// What a host gets.
    enum Answer: String, CaseIterable {
        case page, redirect, loop, gone, slow, application

        var route: [String: Any] {
            switch self {
            case .page: Envoy.direct(200, "ok")
            case .redirect: ["redirect": ["https_redirect": true]]
            case .loop: ["redirect": ["path_redirect": "/login"]]
            case .gone: ["route": ["cluster": "gone"]]
            case .slow: ["route": ["cluster": "silent", "timeout": "1s"]]
            case .application: ["route": ["cluster": "application"]]
            }
        }
    }

    struct Host: Sendable {
        let name: String
        let answer: Answer
        let minimum: String?
        let maximum: String?
        let alpn: [String]

        init(_ fields: Fields) throws {
            name = try fields.text("host")
            answer = try fields.choice("gives", or: .page)
            minimum = fields.has("minimum") ? try fields.text("minimum") : nil
            maximum = fields.has("maximum") ? try fields.text("maximum") : nil
            alpn = try fields.texts("alpn", or: ["h2", "http/1.1"])
            try fields.finish()
        }
    }

    let address: String
    let http: [Host]
    let httpPort: Int
    let tls: [Host]
    let tlsPort: Int
    let quic: [Host]
    let altSvc: String?
    let certificate: Certificate

    func start(_ lan: LAN, on station: Station) async throws {
        let files = try await certificate.make(lan, station)
        var listeners: [[String: Any]] = []
        if !http.isEmpty { listeners.append(listener("http", httpPort, chains: [["filters": [manager(http)]]])) }
        if !tls.isEmpty {
            listeners.append(
                listener(
                    "tls", tlsPort, chains: tls.map { chain($0, files) },
                    extra: ["listener_filters": [Self.typed("inspector", Self.inspector)]]))
        }
        if !quic.isEmpty {
            listeners.append(
                listener(
                    "quic", 443, kind: "UDP", chains: quic.map { chain($0, files, quic: true) },
                    extra: ["udp_listener_config": ["quic_options": [String: Any]()]]))
        }
        let clusters = [("gone", "127.0.0.1", 9), ("silent", "127.0.0.1", 10), ("application", "127.0.0.1", 8080)].map {
            name, address, port in
            [
                "name": name, "type": "STATIC",
                "load_assignment": [
                    "cluster_name": name,
                    "endpoints": [
                        ["lb_endpoints": [["endpoint": ["address": Self.socket(address, port)]]]]
                    ],
                ],
            ] as [String: Any]
        }
        // The silent upstream: what is sent to it vanishes.
        if (http + tls).contains(where: { $0.answer == .slow }) { try await station.firewall(.in, "iif lo tcp dport 10 drop") }
        let number = await lan.count("envoy")
        let data = try JSONSerialization.data(
            withJSONObject: ["static_resources": ["listeners": listeners, "clusters": clusters]], options: [.sortedKeys])
        let configuration = try station.write("envoy-\(number).json", String(decoding: data, as: UTF8.self))
        try await lan.start(
            [try Peers.path("envoy"), "--disable-hot-restart", "--concurrency", "1", "--log-level", "warning", "-c", configuration],
            on: station, as: "envoy")
        if !http.isEmpty { try await station.waitForPort(httpPort) }
        if !tls.isEmpty { try await station.waitForPort(tlsPort) }
        if !quic.isEmpty { try await station.waitForPort(443, "udp") }
    }

    private static let types = "type.googleapis.com/envoy.extensions."
    private static let inspector = ["@type": "\(types)filters.listener.tls_inspector.v3.TlsInspector"]

    private static func direct(_ status: Int, _ text: String) -> [String: Any] {
        ["direct_response": ["status": status, "body": ["inline_string": text]]]
    }

    private static func typed(_ name: String, _ config: [String: Any]) -> [String: Any] { ["name": name, "typed_config": config] }

    private static func socket(_ address: String, _ port: Int, _ kind: String = "TCP") -> [String: Any] {
        ["socket_address": ["address": address, "port_value": port, "protocol": kind]]
    }

    private func listener(_ name: String, _ port: Int, kind: String = "TCP", chains: [[String: Any]], extra: [String: Any] = [:])
        -> [String: Any]
    {
        (["name": name, "address": Self.socket(address, port, kind), "filter_chains": chains] as [String: Any]).merging(extra) { first, _ in
            first
        }
    }

    private func manager(_ hosts: [Host], codec: String = "AUTO") -> [String: Any] {
        let virtual = hosts.map { host in
            [
                "name": host.name, "domains": host.name == "*" ? ["*"] : [host.name, "\(host.name):*"],
                "routes": [["match": ["prefix": "/"]].merging(host.answer.route) { first, _ in first }],
            ] as [String: Any]
        }
        var routes: [String: Any] = ["virtual_hosts": virtual]
        if let altSvc { routes["response_headers_to_add"] = [["header": ["key": "alt-svc", "value": altSvc]]] }
        var config: [String: Any] = [
            "@type": "\(Self.types)filters.network.http_connection_manager.v3.HttpConnectionManager", "stat_prefix": "http",
            "codec_type": codec,
            "http_filters": [Self.typed("router", ["@type": "\(Self.types)filters.http.router.v3.Router"])], "route_config": routes,
        ]
        if codec == "HTTP3" { config["http3_protocol_options"] = [String: Any]() }
        return Self.typed("http", config)
    }

    /// A filter chain for one server name. Envoy resets a connection for any name that has none.
    private func chain(_ host: Host, _ files: Certificate.Files, quic: Bool = false) -> [String: Any] {
        var parameters: [String: Any] = [:]
        if let minimum = host.minimum { parameters["tls_minimum_protocol_version"] = minimum }
        if let maximum = host.maximum { parameters["tls_maximum_protocol_version"] = maximum }
        let common: [String: Any] = [
            "alpn_protocols": quic ? ["h3"] : host.alpn, "tls_params": parameters,
            "tls_certificates": [["certificate_chain": ["filename": files.certificate], "private_key": ["filename": files.key]]],
        ]
        var socket: [String: Any] = ["@type": "\(Self.types)transport_sockets.tls.v3.DownstreamTlsContext", "common_tls_context": common]
        if quic {
            socket = [
                "@type": "\(Self.types)transport_sockets.quic.v3.QuicDownstreamTransport",
                "downstream_tls_context": ["common_tls_context": common],
            ]
        }
        var chain: [String: Any] = [
            "transport_socket": Self.typed(quic ? "quic" : "tls", socket), "filters": [manager([host], codec: quic ? "HTTP3" : "AUTO")],
        ]
        if host.name != "*" { chain["filter_chain_match"] = ["server_names": [host.name]] }
        return chain
    }
}

import Foundation

/// What is started on a station and then serves.
protocol Server: Sendable {
    /// Returns when it serves.
    func start(_ lan: LAN, on station: Station) async throws
}

/// A gateway on all addresses of the node: HTTP on port 80, HTTPS on every other port.
struct Nginx: Server {
    let ports: [Int]
    let plainPorts: [Int]
    /// Octets of its page.
    let body: Int
    let certificate: Certificate
    let ipv6: Bool
    /// Further lines of its server block.
    let lines: [String]

    func start(_ lan: LAN, on station: Station) async throws {
        let name = "nginx-\(station.name)-\(await lan.count("nginx"))"
        let files = try await certificate.make(lan, station)
        let root = "\(lan.folder)/\(name)"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        try ("ok " + station.name + "\n" + String(repeating: "x", count: max(0, body))).write(
            toFile: "\(root)/index.html", atomically: false, encoding: .utf8)
        let listeners = ports.flatMap { port in
            (ipv6 ? ["", "[::]:"] : [""]).map { "listen \($0)\(port)\(plainPorts.contains(port) ? "" : " ssl");" }
        }.joined(separator: " ")
        let configuration = try station.write(
            "\(name).conf",
            """
            daemon off; master_process off; pid \(root)/pid; error_log stderr;
            events { }
            http {
              access_log off;
              client_body_temp_path \(root)/a; proxy_temp_path \(root)/b; fastcgi_temp_path \(root)/c; uwsgi_temp_path \(root)/d; scgi_temp_path \(root)/e;
              server {
                \(listeners) root \(root); ssl_certificate \(files.certificate); ssl_certificate_key \(files.key); ssl_protocols TLSv1.2 TLSv1.3;
                \(lines.joined(separator: "\n    "))
              }
            }
            """)
        try await lan.start(["nginx", "-e", "stderr", "-c", configuration], on: station, as: "nginx")
        for port in ports { try await station.waitForPort(port) }
    }
}

/// A pooler of PostgreSQL connections that takes TLS, in front of no database.
struct PgBouncer: Server {
    let address: String
    let certificate: Certificate

    func start(_ lan: LAN, on station: Station) async throws {
        let files = try await certificate.make(lan, station)
        try await Shell.must(["chmod", "644", files.key])
        let configuration = try station.write(
            "pgbouncer.ini",
            """
            [databases]
            app = host=127.0.0.1 port=9
            [pgbouncer]
            listen_addr = \(address)
            listen_port = 5432
            unix_socket_dir =
            auth_type = any
            client_tls_sslmode = require
            client_tls_cert_file = \(files.certificate)
            client_tls_key_file = \(files.key)

            """)
        try await lan.start(["pgbouncer", "-q", "-u", "nobody", configuration], on: station, as: "pgbouncer")
        try await station.waitForPort(5432)
    }
}

/// Caddy of today, which says in its page which protocol carried it.
struct Caddy: Server {
    let protocols: String
    let certificate: Certificate
    let names: [String]

    /// A page that asks on until an answer comes by HTTP/3: which carrier wins the race for the page itself is chance.
    private static let untilH3 = """
        {http.request.proto}<script>for (i = 0; i < 9 && !document.body.innerText.includes("P/3"); i++) {\
        x = new XMLHttpRequest(); x.open("GET", "/" + i, false); x.send(); document.body.append(x.responseText) }</script>
        """

    func start(_ lan: LAN, on station: Station) async throws {
        let data = "\(lan.folder)/caddy-\(station.name)"
        let files = try await certificate.make(lan, station)
        let configuration = try station.write(
            "caddy-\(station.name).caddyfile",
            """
            {
                admin off
                skip_install_trust
                auto_https disable_redirects
                storage file_system \(data)
                servers {
                    protocols \(protocols)
                }
            }
            \(names.map { "https://\($0)" }.joined(separator: ", ")) {
                tls \(files.certificate) \(files.key)
                header /until-h3 Content-Type text/html
                respond /until-h3 `\(Self.untilH3)`
                respond "{http.request.proto}"
            }

            """)
        try await lan.start(
            ["env", "HOME=\(data)", try Peers.path("caddy"), "run", "--adapter", "caddyfile", "--config", configuration], on: station,
            as: "caddy")
        try await station.waitForPort(443)
        if protocols.contains("h3") { try await station.waitForPort(443, "udp") }
    }
}

/// aioquic's server, for what Envoy and Caddy do not do unasked: Retry, chosen versions, a socket that is bound to no address.
struct QUICServer: Server {
    let address: String
    let port: Int
    let options: [String]
    let certificate: Certificate

    func start(_ lan: LAN, on station: Station) async throws {
        let files = try await certificate.make(lan, station)
        try await lan.start(
            [try Peers.path("python3"), Peers.script("quic_server.py"), address, files.certificate, files.key, "--port", String(port)]
                + options,
            on: station, as: "quic_server")
        try await station.waitForPort(port, "udp")
    }
}

/// Programs that Debian 12 lacks, from PyPI (`record.py --peers` installs them), and scripts that the recorder of Captures/ uses as well.
enum Peers {
    static func path(_ name: String) throws -> String {
        let path = "\(FileManager.default.currentDirectoryPath)/.build/peers/bin/\(name)"
        guard FileManager.default.isExecutableFile(atPath: path) else { throw LabError("\(path) is not there: make lab-peers installs it") }
        return path
    }

    static func script(_ name: String) -> String { "\(FileManager.default.currentDirectoryPath)/Captures/recorder/\(name)" }
}

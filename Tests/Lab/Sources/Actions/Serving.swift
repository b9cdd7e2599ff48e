/// The programs behind a VIP and behind a name.
extension Actions {
    static let serving: [String: Action] = [
        "nginx": { fields, plan in
            let on = try fields.station("on", plan)
            let server = Nginx(
                ports: try fields.integers("ports", or: [80, 443]), plainPorts: try fields.integers("plain", or: [80]),
                body: try fields.integer("body", or: 0), certificate: try Certificate(try fields.fields("certificate")),
                ipv6: try fields.flag("ipv6"), lines: try fields.texts("lines", or: []))
            return { lan in try await server.start(lan, on: lan[on]) }
        },
        "caddy": { fields, plan in
            let on = try fields.station("on", plan)
            let server = Caddy(
                protocols: try fields.flag("http3", or: true) ? "h1 h2 h3" : "h1 h2",
                certificate: try Certificate(try fields.fields("certificate")),
                names: try fields.texts("names", or: ["*.laurivan.com"]))
            return { lan in try await server.start(lan, on: lan[on]) }
        },
        "envoy": { fields, plan in
            let on = try fields.station("on", plan)
            let server = Envoy(
                address: try fields.text("address", or: "10.0.0.157"), http: try fields.list("http").map(Envoy.Host.init),
                httpPort: try fields.integer("http_port", or: 80), tls: try fields.list("tls").map(Envoy.Host.init),
                tlsPort: try fields.integer("tls_port", or: 443), quic: try fields.list("quic").map(Envoy.Host.init),
                altSvc: fields.has("alt_svc") ? try fields.text("alt_svc") : nil,
                certificate: try Certificate(try fields.fields("certificate")))
            return { lan in try await server.start(lan, on: lan[on]) }
        },
        "pgbouncer": { fields, plan in
            let on = try fields.station("on", plan)
            let server = PgBouncer(address: try fields.text("address"), certificate: try Certificate(try fields.fields("certificate")))
            return { lan in try await server.start(lan, on: lan[on]) }
        },
        "quic_server": { fields, plan in
            let on = try fields.station("on", plan)
            let server = QUICServer(
                address: try fields.text("address", or: "10.0.0.157"), port: try fields.integer("port", or: 443),
                options: try fields.texts("options", or: []), certificate: try Certificate(try fields.fields("certificate")))
            return { lan in try await server.start(lan, on: lan[on]) }
        },
        "knot": { fields, plan in
            let (on, server) = (try fields.station("on", plan, or: "authority"), try knot(fields))
            return { lan in try await server.start(lan, on: lan[on]) }
        },
        // The authority's zone becomes another one: what a restart of k8s-gateway does.
        "reload": { fields, plan in
            let (on, server) = (try fields.station("on", plan, or: "authority"), try knot(fields))
            return { lan in try await server.reload(lan, on: lan[on]) }
        },
        "dnsmasq": { fields, plan in
            let on = try fields.station("on", plan, or: "resolver")
            let server = Dnsmasq(
                address: try fields.text("address", or: "10.0.0.53"), forward: try fields.singlePairs("forward"),
                upstream: fields.has("upstream") ? try fields.text("upstream") : nil, options: try fields.texts("options", or: []))
            return { lan in try await server.start(lan, on: lan[on]) }
        },
        "unbound": { fields, plan in
            let on = try fields.station("on", plan, or: "resolver")
            let server = Unbound(
                address: try fields.text("address", or: "10.0.0.53"), forward: try fields.singlePairs("forward"),
                options: try fields.texts("options", or: []))
            return { lan in try await server.start(lan, on: lan[on]) }
        },
        "wireguard": { fields, plan in
            let (one, other) = (try fields.station("between", plan), try fields.station("and", plan))
            let tunnel = WireGuard(port: try fields.integer("port", or: 51820), inside: ("10.9.0.1", "10.9.0.2"))
            return { lan in try await tunnel.start(lan, between: (lan[one], lan[other])) }
        },
        // Ends a program by its name: nginx, caddy, envoy, knot, dnsmasq, responder-NODE, keepalived-NODE and so on.
        "stop": { fields, _ in
            let program = try fields.text("program")
            return { lan in try await lan.stop(program) }
        },
    ]

    private static func knot(_ fields: Fields) throws -> Knot {
        Knot(
            zones: try fields.texts("zones", or: ["laurivan.com"]), address: try fields.text("address", or: "10.0.0.156"),
            records: try fields.pairs("records"), minimum: try fields.integer("minimum", or: 60), broken: try fields.flag("broken"))
    }
}

package import Wire

/// What the operator knows about the network: values only, all of it optional.
package struct Site: Hashable, Sendable {
    package var name: String?
    package var vips: [VIP] = []
    package var nodes: [Node] = []
    package var dns = DNS()
    package var networks = Networks()
    package var thresholds = Thresholds()

    package init() {}

    package struct DNS: Hashable, Sendable {
        package var zones: [DNSName] = []
        /// The server that knows the zones from the cluster, k8s-gateway for example.
        package var authority: IPAddress?
        /// The LAN's own resolvers.
        package var resolvers: [IPAddress] = []
        /// Resolvers outside.
        package var `public`: [IPAddress] = []

        package init() {}
    }

    package struct Networks: Hashable, Sendable {
        package var lan: [IPPrefix] = []
        package var pods: [IPPrefix] = []
        /// Pairs that must not reach each other.
        package var apart: [Pair] = []

        package init() {}
    }

    package struct Pair: Hashable, Sendable {
        package var one: IPPrefix
        package var other: IPPrefix

        package init(one: IPPrefix, other: IPPrefix) {
            self.one = one
            self.other = other
        }
    }
}

/// A load balancer's virtual address, and what is intended for it.
package struct VIP: Hashable, Sendable {
    package var address: IPAddress
    package var name: String?
    /// Empty where the site file lists none: then every port that a client tries counts.
    package var services: [Service] = []
    package var http3: Bool?
    package var names: [NamePattern] = []

    package init(address: IPAddress) { self.address = address }

    /// True where the port is one that the VIP is meant to serve.
    package func serves(_ transport: Service.Transport, _ port: Port) -> Bool {
        services.isEmpty || services.contains(Service(transport: transport, port: port))
    }
}

/// A transport and a port, `tcp/443`.
package struct Service: Hashable, Sendable {
    package var transport: Transport
    package var port: Port

    package enum Transport: String, Hashable, Sendable { case tcp, udp }

    package init(transport: Transport, port: Port) {
        self.transport = transport
        self.port = port
    }
}

extension Service: LosslessStringConvertible {
    package var description: String { "\(transport.rawValue)/\(port)" }

    package init?(_ description: String) {
        let parts = description.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let transport = Transport(rawValue: String(parts[0])), let port = UInt16(parts[1]), port > 0,
            parts[1] == port.description
        else {
            return nil
        }
        self.init(transport: transport, port: Port(rawValue: port))
    }
}

/// A name, or `*.` and a name: every name with one label or more in front of it.
package struct NamePattern: Hashable, Sendable {
    package var name: DNSName
    package var isWildcard: Bool

    package func matches(_ other: DNSName) -> Bool {
        isWildcard ? other != name && other.isWithin(name) : other == name
    }
}

extension NamePattern: LosslessStringConvertible {
    package var description: String { isWildcard ? "*.\(name)" : name.description }

    package init?(_ description: String) {
        isWildcard = description.hasPrefix("*.")
        guard let name = DNSName(isWildcard ? String(description.dropFirst(2)) : description), !description.dropFirst(2).contains("*")
        else {
            return nil
        }
        self.name = name
    }
}

/// A cluster node.
package struct Node: Hashable, Sendable {
    package var name: String
    package var address: IPAddress?
    /// All of the node's interfaces on the LAN.
    package var macs: [MACAddress] = []
    package var role: Role?

    package enum Role: String, Hashable, Sendable, CaseIterable {
        case worker
        case controlPlane = "control-plane"
    }

    package init(name: String) { self.name = name }
}

extension Site {
    package func vip(_ address: IPAddress) -> VIP? { vips.first { $0.address == address } }
    package func node(_ mac: MACAddress) -> Node? { nodes.first { $0.macs.contains(mac) } }
    package func node(_ address: IPAddress) -> Node? { nodes.first { $0.address == address } }
}

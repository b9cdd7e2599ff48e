import Flows
import Wire

/// One packet as one line, in the manner of tcpdump.
enum PacketLine {
    static func text(_ packet: borrowing Packet, _ messages: [any Describable], in bytes: Span<UInt8>) -> String {
        let tunnels = (0..<packet.outer.count).map { "\(packet.outer[$0].line), " }.joined()
        let vlan = tunnels + (packet.vlan.outer.map { "vlan \($0.identifier), " } ?? "")
        if let arp = messages.first as? ARPPacket { return "\(vlan)ARP, \(arp.line)" }
        guard let source = packet.source, let destination = packet.destination else {
            return "\(vlan)\(link(packet)), length \(packet.originalLength)"
        }
        let family = if case .v6 = source { "IP6" } else { "IP" }
        return "\(vlan)\(family) \(upper(packet, source, destination, messages))"
    }

    private static func link(_ packet: borrowing Packet) -> String {
        if let ethernet = packet.ethernet {
            return "\(ethernet.source) > \(ethernet.destination), ethertype 0x\(String(ethernet.etherType.rawValue, radix: 16))"
        }
        return "link layer only"
    }

    private static func upper(_ packet: borrowing Packet, _ source: IPAddress, _ destination: IPAddress, _ messages: [any Describable])
        -> String
    {
        let message = messages.first
        switch packet.transport {
        case .tcp(let tcp):
            var line =
                "\(source).\(tcp.sourcePort) > \(destination).\(tcp.destinationPort): Flags [\(tcp.flags.letters)], seq \(tcp.sequence)"
            if tcp.flags.contains(.ack) { line += ", ack \(tcp.acknowledgment)" }
            line += ", win \(tcp.window), length \(packet.payload.count)"
            return messages.reduce(line) { line, message in "\(line): \(streamLine(message))" }
        case .udp(let udp):
            let line = "\(source).\(udp.sourcePort) > \(destination).\(udp.destinationPort): "
            switch message {
            case let dns as DNSMessage: return line + dns.line
            case let stun as STUNMessage: return line + stun.line
            case let quic as QUICContent: return line + quic.line
            case let wireGuard as WireGuardMessage: return "\(line)WireGuard, \(wireGuard.type.name), length \(packet.payload.count)"
            default: return line + "UDP, length \(packet.payload.count)"
            }
        case .icmpv4:
            return "\(source) > \(destination): ICMP \((message as? ICMPv4Message)?.line ?? "cut")"
        case .icmpv6:
            return "\(source) > \(destination): ICMP6 \((message as? ICMPv6Message)?.line ?? "cut")"
        case .fragment(let upper): return "\(source) > \(destination): fragment, \(upper.name ?? "protocol \(upper.rawValue)")"
        case .other(let upper):
            if let vrrp = message as? VRRPAdvertisement { return "\(source) > \(destination): \(vrrp.line)" }
            return "\(source) > \(destination): \(upper.name ?? "protocol \(upper.rawValue)"), length \(packet.payload.count)"
        case .none, .arp: return "\(source) > \(destination)"
        }
    }

    private static func streamLine(_ message: any Describable) -> String {
        switch message {
        case let tls as TLSContent: tls.line
        case let http as HTTPHead: http.line
        case let dns as DNSMessage: dns.line
        default: type(of: message).layer.name
        }
    }
}

extension OuterPacket {
    fileprivate var line: String { "\(kind)\(identifier.map { " \($0)" } ?? "") \(source) > \(destination)" }
}

extension ARPPacket {
    fileprivate var line: String {
        switch operation {
        case .request where isProbe: "Probe who-has \(targetProtocol)"
        case .request where isAnnouncement: "Announcement \(senderProtocol) is-at \(senderHardware)"
        case .request: "Request who-has \(targetProtocol) tell \(senderProtocol)"
        case .reply where isAnnouncement: "Announcement (reply) \(senderProtocol) is-at \(senderHardware)"
        case .reply: "Reply \(senderProtocol) is-at \(senderHardware)"
        default: "operation \(operation.rawValue) from \(senderHardware)"
        }
    }
}

extension ICMPv4Message {
    fileprivate var line: String {
        switch type {
        case .echoRequest, .echoReply: return "\(name), id \(identifier), seq \(sequence)"
        default:
            return "\(name)\(quoted?.line ?? "")"
        }
    }
}

extension ICMPv6Message {
    fileprivate var line: String {
        switch type {
        case .echoRequest, .echoReply: return "\(name), id \(identifier), seq \(sequence)"
        case .packetTooBig: return "\(name), mtu \(restOfHeader)\(quoted?.line ?? "")"
        default: return "\(name)\(quoted?.line ?? "")\(discovery?.line ?? "")"
        }
    }
}

extension NDPMessage {
    fileprivate var line: String {
        switch content {
        case .routerSolicitation: return ""
        case .routerAdvertisement(let router): return ", lifetime \(router.lifetime)"
        case .neighborSolicitation(let target): return ", who has \(target)"
        case .neighborAdvertisement(let neighbor):
            return ", \(neighbor.target)\(targetLinkLayer.map { " is-at \($0)" } ?? "")\(neighbor.isSolicited ? "" : ", unsolicited")"
        case .redirect(let target, let destination): return ", \(destination) by way of \(target)"
        }
    }
}

extension QuotedDatagram {
    fileprivate var line: String {
        let ports = destinationPort.map { " port \($0)" } ?? ""
        return ", about \(`protocol`.name ?? "protocol \(`protocol`.rawValue)") to \(destination)\(ports)"
    }
}

extension VRRPAdvertisement {
    fileprivate var line: String {
        "VRRPv\(version), router \(virtualRouter), priority \(priority), \(addresses.map(\.description).joined(separator: ", "))"
    }
}

extension STUNMessage {
    fileprivate var line: String {
        let address = mappedAddress.map { ", mapped \($0.address) port \($0.port)" } ?? ""
        let error = error.map { ", error \($0.code)" } ?? ""
        return "STUN, \(method.name) \(messageClass)\(address)\(error)"
    }
}

extension DNSMessage {
    fileprivate var line: String {
        let asked = questions.first.map { "\($0.type.name)? \($0.name)" } ?? "no question"
        let operation = header.operation == .query ? "" : "\(header.operation.name) "
        let question = "\(operation)\(questions.count > 1 ? "[\(questions.count)q] " : "")\(asked)"
        guard header.isResponse else { return "\(header.id)\(header.recursionDesired ? "+" : "") \(question)" }
        let code = responseCode == .noError ? "" : " \(responseCode.name)"
        let reasons = extendedErrors.map { " [EDE \($0)]" }.joined()
        let data = answers.map { " \($0.line)" }.joined(separator: ",")
        return
            "\(header.id)\(header.isAuthoritative ? "*" : "")\(code) q: \(question) \(answers.count)/\(authorities.count)/\(additionals.count)\(data)\(reasons)"
    }
}

extension DNSRecord {
    /// Keys and signatures are for no reader's eye.
    fileprivate var line: String {
        switch data {
        case .publicKey, .signature: type.name
        default: "\(type.name) \(data)"
        }
    }
}

extension TCPHeader.Flags {
    /// tcpdump's letters.
    fileprivate var letters: String {
        let names: [(Self, String)] = [
            (.fin, "F"), (.syn, "S"), (.rst, "R"), (.psh, "P"), (.ack, "."), (.urg, "U"), (.ece, "E"), (.cwr, "W"), (.ae, "e"),
        ]
        let letters = names.filter { contains($0.0) }.map(\.1).joined()
        return letters.isEmpty ? "none" : letters
    }
}

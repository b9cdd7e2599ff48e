/// Names of ICMPv4 types and codes (ICMP Parameters, IANA).
public enum ICMPv4Name {
    public static func of(type: ICMPv4Message.MessageType, code: UInt8) -> String {
        switch type {
        case .echoReply: "echo reply"
        case .echoRequest: "echo request"
        case .unreachable: unreachable(code)
        case .sourceQuench: "source quench"
        case .redirect: redirect(code)
        case .timeExceeded: timeExceeded(code)
        case .parameterProblem: "parameter problem"
        case .timestampRequest: "timestamp request"
        case .timestampReply: "timestamp reply"
        case .informationRequest: "information request"
        case .informationReply: "information reply"
        case .addressMaskRequest: "address mask request"
        case .addressMaskReply: "address mask reply"
        case .extendedEchoRequest: "extended echo request"
        case .extendedEchoReply: extendedEchoReply(code)
        default: "type \(type.rawValue) code \(code)"
        }
    }

    /// RFC 8335 §3.
    static func extendedEchoReply(_ code: UInt8) -> String {
        switch code {
        case 0: "extended echo reply"
        case 1: "extended echo reply: malformed query"
        case 2: "extended echo reply: no such interface"
        case 3: "extended echo reply: no such table entry"
        case 4: "extended echo reply: multiple interfaces satisfy query"
        default: "extended echo reply code \(code)"
        }
    }

    private static func redirect(_ code: UInt8) -> String {
        switch code {
        case 0: "redirect for network"
        case 1: "redirect for host"
        case 2: "redirect for type of service and network"
        case 3: "redirect for type of service and host"
        default: "redirect code \(code)"
        }
    }

    private static func timeExceeded(_ code: UInt8) -> String {
        switch code {
        case 0: "time to live exceeded"
        case 1: "fragment reassembly time exceeded"
        default: "time exceeded code \(code)"
        }
    }

    private static func unreachable(_ code: UInt8) -> String {
        switch code {
        case 0: "network unreachable"
        case 1: "host unreachable"
        case 2: "protocol unreachable"
        case 3: "port unreachable"
        case 4: "fragmentation needed"
        case 5: "source route failed"
        case 6: "destination network unknown"
        case 7: "destination host unknown"
        case 8: "source host isolated"
        case 9: "network administratively prohibited"
        case 10: "host administratively prohibited"
        case 11: "network unreachable for type of service"
        case 12: "host unreachable for type of service"
        case 13: "communication administratively prohibited"
        case 14: "host precedence violation"
        case 15: "precedence cutoff in effect"
        default: "unreachable code \(code)"
        }
    }
}

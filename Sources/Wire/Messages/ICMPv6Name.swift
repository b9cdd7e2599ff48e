/// Names of ICMPv6 types and codes (ICMPv6 Parameters, IANA; RFC 4443 §3, §4).
public enum ICMPv6Name {
    public static func of(type: ICMPv6Message.MessageType, code: UInt8) -> String {
        switch type {
        case .unreachable: unreachable(code)
        case .packetTooBig: "packet too big"
        case .timeExceeded: timeExceeded(code)
        case .parameterProblem: parameterProblem(code)
        case .echoRequest: "echo request"
        case .echoReply: "echo reply"
        case .multicastListenerQuery: "multicast listener query"
        case .multicastListenerReport: "multicast listener report"
        case .multicastListenerDone: "multicast listener done"
        case .multicastListenerReport2: "multicast listener report v2"
        case .routerSolicitation: "router solicitation"
        case .routerAdvertisement: "router advertisement"
        case .neighborSolicitation: "neighbor solicitation"
        case .neighborAdvertisement: "neighbor advertisement"
        case .redirect: "redirect"
        case .mobilePrefixAdvertisement: "mobile prefix advertisement"
        case .extendedEchoRequest: "extended echo request"
        case .extendedEchoReply: ICMPv4Name.extendedEchoReply(code)
        default: "type \(type.rawValue) code \(code)"
        }
    }

    private static func unreachable(_ code: UInt8) -> String {
        switch code {
        case 0: "no route to destination"
        case 1: "communication administratively prohibited"
        case 2: "beyond scope of source address"
        case 3: "address unreachable"
        case 4: "port unreachable"
        case 5: "source address failed ingress/egress policy"
        case 6: "reject route to destination"
        case 7: "error in source routing header"
        case 8: "headers too long"
        default: "unreachable code \(code)"
        }
    }

    private static func timeExceeded(_ code: UInt8) -> String {
        switch code {
        case 0: "hop limit exceeded"
        case 1: "fragment reassembly time exceeded"
        default: "time exceeded code \(code)"
        }
    }

    private static func parameterProblem(_ code: UInt8) -> String {
        switch code {
        case 0: "erroneous header field"
        case 1: "unrecognized next header type"
        case 2: "unrecognized IPv6 option"
        case 3: "IPv6 first fragment has incomplete header chain"
        default: "parameter problem code \(code)"
        }
    }
}

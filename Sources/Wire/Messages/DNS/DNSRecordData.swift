/// What a resource record says. Types that we do not read keep their octets (RFC 3597).
public enum DNSRecordData: Hashable, Sendable {
    case address(IPAddress)
    /// CNAME, NS, PTR and the like (RFC 1035 §3.3), DNAME (RFC 6672).
    case name(DNSName)
    case mailExchange(preference: UInt16, DNSName)
    /// TXT, SPF, HINFO.
    case text([[UInt8]])
    /// RFC 2782.
    case service(priority: UInt16, weight: UInt16, port: UInt16, target: DNSName)
    case startOfAuthority(StartOfAuthority)
    /// SVCB, HTTPS.
    case serviceBinding(ServiceBinding)
    case namingAuthority(NamingAuthorityPointer)
    case certificationAuthority(CertificationAuthorityAuthorization)
    /// RFC 7553: the target is a URI's octets.
    case uri(priority: UInt16, weight: UInt16, target: [UInt8])
    /// TLSA, SMIMEA.
    case certificateAssociation(CertificateAssociation)
    case hostKey(HostKeyFingerprint)
    /// DS, CDS.
    case delegationSigner(DelegationSigner)
    /// DNSKEY, CDNSKEY, KEY.
    case publicKey(PublicKey)
    /// RRSIG, SIG.
    case signature(Signature)
    case nextSecure(next: DNSName, types: DNSTypeBitmap)
    case hashedNextSecure(HashedNextSecure)
    /// NSEC3PARAM.
    case hashParameters(HashedNextSecure.Parameters)
    /// OPT.
    case options([EDNSOption])
    case other([UInt8])
    /// The octets contradict the type's format, here.
    case malformed([UInt8], Field)

    /// RFC 1035 §3.3.13. Times are in seconds; `minimum` bounds how long a denial is kept (RFC 2308 §4).
    public struct StartOfAuthority: Hashable, Sendable {
        public var primary: DNSName
        public var mailbox: DNSName
        public var serial: UInt32
        public var refresh: UInt32
        public var retry: UInt32
        public var expire: UInt32
        public var minimum: UInt32
    }

    /// The plain types of RFC 1035, AAAA and SRV refuse what does not fit. Of the others a bad one stands for itself alone: what a
    /// message says of addresses does not depend on it, and RFC 9460 §2.2 wants it rejected and not the message.
    init(decoding message: Span<UInt8>, header: DNSRecordHeader) throws(DecodeError) {
        // Names inside may point back into the message, so they are read from the whole of it, up to the data's end. Types
        // behind RFC 1035 may not compress (RFC 3597 §4), but some senders do.
        let upToEnd = message.extracting(first: header.data.upperBound)
        var data = message.extracting(header.data)
        var offset = header.data.lowerBound
        switch header.type {
        // Updates delete, and ask for, what they name without telling it (RFC 2136 §2.4, §2.5).
        case _ where data.isEmpty && (header.recordClass == .any || header.recordClass == .none):
            self = .other([])
        case .a where header.recordClass == .chaos:  // another format there: RFC 1035 §3.4.1 is of the Internet
            self = .other([UInt8](copying: data))
        case .a:
            self = .address(.v4(try data.read()))
        case .aaaa:
            self = .address(.v6(try data.read()))
        case .cname, .ns, .ptr:
            self = .name(try DNSNameBuffer(decoding: upToEnd, at: &offset).name)
        case .mx:
            offset += 2
            self = .mailExchange(preference: try data.read(), try DNSNameBuffer(decoding: upToEnd, at: &offset).name)
        case .txt:
            self = .text(try data.readCharacterStrings())
        case .srv:
            let (priority, weight, port): (UInt16, UInt16, UInt16) = (try data.read(), try data.read(), try data.read())
            offset += 6
            let target = try DNSNameBuffer(decoding: upToEnd, at: &offset).name
            self = .service(priority: priority, weight: weight, port: port, target: target)
        case .soa:
            let primary = try DNSNameBuffer(decoding: upToEnd, at: &offset).name
            let mailbox = try DNSNameBuffer(decoding: upToEnd, at: &offset).name
            var numbers = upToEnd.extracting(droppingFirst: offset)
            self = .startOfAuthority(
                StartOfAuthority(
                    primary: primary, mailbox: mailbox, serial: try numbers.read(), refresh: try numbers.read(),
                    retry: try numbers.read(), expire: try numbers.read(), minimum: try numbers.read()))
        default:
            do throws(DecodeError) {
                self = try Self(decoding: header.type, upToEnd, at: offset)
            } catch {
                self = .malformed([UInt8](copying: data), error.field)
            }
        }
    }

    /// - Parameter message: up to the end of the data, which begins at `start`.
    private init(decoding type: DNSType, _ message: Span<UInt8>, at start: Int) throws(DecodeError) {
        var data = message.extracting(droppingFirst: start)
        var offset = start
        switch type {
        case .svcb, .https: self = .serviceBinding(try ServiceBinding(decoding: message, at: start))
        case .opt: self = .options(try EDNSOption.all(in: data))
        case .dname: self = .name(try DNSNameBuffer(decoding: message, at: &offset).name)
        case .spf, .hinfo: self = .text(try data.readCharacterStrings())
        case .naptr: self = .namingAuthority(try NamingAuthorityPointer(decoding: message, at: start))
        case .caa: self = .certificationAuthority(try CertificationAuthorityAuthorization(decoding: &data))
        case .uri:
            self = .uri(priority: try data.read(), weight: try data.read(), target: [UInt8](copying: data))
        case .tlsa, .smimea: self = .certificateAssociation(try CertificateAssociation(decoding: &data))
        case .sshfp: self = .hostKey(try HostKeyFingerprint(decoding: &data))
        case .ds, .cds: self = .delegationSigner(try DelegationSigner(decoding: &data))
        case .dnskey, .cdnskey, .key: self = .publicKey(try PublicKey(decoding: &data))
        case .rrsig, .sig: self = .signature(try Signature(decoding: message, at: start))
        case .nsec:
            let next = try DNSNameBuffer(decoding: message, at: &offset).name
            self = .nextSecure(next: next, types: try DNSTypeBitmap(decoding: message.extracting(droppingFirst: offset)))
        case .nsec3: self = .hashedNextSecure(try HashedNextSecure(decoding: &data))
        case .nsec3param: self = .hashParameters(try HashedNextSecure.Parameters(decoding: &data))
        default: self = .other([UInt8](copying: data))
        }
    }
}

extension DNSRecordData {
    /// Data that contradicts its type keeps its octets.
    public init(lenient message: Span<UInt8>, header: DNSRecordHeader) {
        do throws(DecodeError) {
            self = try DNSRecordData(decoding: message, header: header)
        } catch {
            self = .malformed([UInt8](copying: message.extracting(header.data)), error.field)
        }
    }
}

extension DecodeError {
    /// All of a record's data is there, so what it lacks its length withholds.
    fileprivate var field: Field {
        switch self {
        case .truncated: "RDLENGTH"
        case .malformed(let field), .unsupported(let field): field
        }
    }
}

extension Span<UInt8> {
    /// A length and so many octets (RFC 1035 §3.3).
    mutating func readCharacterString() throws(DecodeError) -> [UInt8] {
        let length: UInt8 = try read()
        return try readArray(Int(length))
    }

    mutating func readCharacterStrings() throws(DecodeError) -> [[UInt8]] {
        var strings: [[UInt8]] = []
        while !isEmpty { strings.append(try readCharacterString()) }
        return strings
    }
}

import LAN
@testable import Diagnosis
@testable import Flows
import Site
@testable import Wire

/// A TLS handshake as facts: its ClientHello at `time`, what answers it 1 ms later, a certificate after 2 ms and the end after 3.
struct TLSFacts {
    var time: Double
    var name: String? = "grafana.laurivan.com"
    var client = Host.client
    var address = theVIP
    var port = Port.https
    var version = TLSVersion.tls13
    var protocols = ["h2", "http/1.1"]
    var chosen: TLSVersion?
    var certificate: X509Certificate?
    var alert: (side: TCPConnection.Side, code: UInt8?)?
    var endedBy: TCPConnection.Side?
    var answer = ""
    var isPostgreSQL = false
    var hasECH = false

    init(at time: Double, name: String? = "grafana.laurivan.com") { (self.time, self.name) = (time, name) }

    func with(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }

    private var hello: ClientHello {
        var body = clientHello().span.extracting(droppingFirst: TLSHandshakeHeader.length)
        guard var hello = try? ClientHello(decoding: &body) else { fatalError("no ClientHello") }
        hello.serverName = name.map { TLSName($0) }
        hello.supportedVersions = [version]
        hello.applicationProtocols = protocols.map { TLSName($0) }
        hello.encryptedClientHello = hasECH ? .outer : nil
        return hello
    }

    private var serverHello: ServerHello? {
        guard let chosen else { return nil }
        var body = LAN.serverHello().span.extracting(droppingFirst: TLSHandshakeHeader.length)
        var hello = try? ServerHello(decoding: &body)
        hello?.selectedVersion = chosen
        return hello
    }

    private func handshake(_ outcome: TLSHandshake.Outcome?, _ stage: TLSHandshake.Stage) -> TLSHandshake {
        var frames = TLSHandshake.Frames()
        frames.clientHello = frame(time)
        if chosen != nil { frames.serverHello = frame(time + 0.001) }
        if certificate != nil { frames.certificate = frame(time + 0.002) }
        if alert != nil { frames.alert = frame(time + 0.003) }
        if outcome != nil, outcome != .cut, outcome != .unanswered { frames.end = frame(time + 0.003) }
        return TLSHandshake(
            client: Endpoint(client.address, Port(rawValue: 40_000)), server: Endpoint(.v4(address), port), vlan: 0, clientHello: hello,
            serverHello: serverHello, retryGroup: nil, certificate: certificate.map { TLSCertificate(chainCount: 1, leaf: $0) },
            alert: alert.map { alert in
                TLSHandshake.Alert(
                    side: alert.side,
                    value: alert.code.map { TLSAlert(level: .fatal, description: TLSAlert.Description(rawValue: $0)) })
            }, answer: Array(answer.utf8), isPostgreSQL: isPostgreSQL, first: frame(time), last: frame(time + 0.003), frames: frames,
            stage: stage, outcome: outcome, endedBy: alert?.side ?? endedBy, fingerprints: nil, time: at(time + 0.003))
    }

    /// It ends so, at this stage.
    func ended(_ outcome: TLSHandshake.Outcome, _ stage: TLSHandshake.Stage = .beforeServerHello) -> FlowEvent {
        .tls(handshake(outcome, stage), .ended)
    }

    /// ServerHello and success.
    var works: [FlowEvent] {
        let good = with { $0.chosen = $0.chosen ?? .tls13 }
        return [.tls(good.handshake(nil, .afterServerHello), .answered), good.ended(.established, .complete)]
    }

    /// RST by the server right after the ClientHello.
    var dropped: FlowEvent { with { $0.endedBy = .responder }.ended(.reset) }

    func alerted(_ side: TCPConnection.Side, _ code: UInt8?, _ stage: TLSHandshake.Stage = .beforeServerHello) -> FlowEvent {
        with { $0.alert = (side, code) }.ended(.alert, stage)
    }

    /// TLS 1.2, whose certificate is in the clear; the client goes on.
    func shows(_ certificate: X509Certificate) -> FlowEvent {
        with { facts in (facts.chosen, facts.certificate) = (.tls12, certificate) }.ended(.established, .complete)
    }
}

extension X509Certificate {
    /// Made by an authority, for these names and times.
    static func of(
        _ names: [String] = ["*.laurivan.com"], issuer: String = "R11", organization: String? = nil, from: Double = 0, until: Double,
        isSelfSigned: Bool = false
    ) -> X509Certificate {
        let subject = X509Name(octets: [1], commonName: names.first ?? "old.laurivan.com")
        return X509Certificate(
            serialNumber: [1],
            issuer: isSelfSigned ? subject : X509Name(octets: [2], commonName: issuer, organization: organization), notBefore: at(from),
            notAfter: at(until), subject: subject, dnsNames: names.map { TLSName($0) })
    }
}

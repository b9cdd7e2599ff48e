import Flows
import LAN
import QUICInitial
import Site
import Wire

/// A client that tries to reach the VIP, and the sensor beside it. Every step takes a time in seconds; answers come a millisecond after it.
struct AttemptUser: ~Copyable {
    static let name = "argocd.laurivan.com"
    static let zoned: Site = {
        var site = Site.test
        site.dns.zones = [LAN.name("laurivan.com")]
        return site
    }()

    var sensor: Sensor
    private var id: UInt16 = 100

    init(_ site: Site = zoned, _ limits: Limits = Limits()) { sensor = Sensor(site, limits) }

    private mutating func nextID() -> UInt16 {
        id += 1
        return id
    }

    /// Nobody answers where `code` is nil.
    mutating func looksUp(
        _ type: DNSType = .a, of name: String = name, at time: Double, _ records: [AnswerRecord] = [.a(theVIP)], code: UInt16? = 0,
        as client: Host = .client
    ) {
        let lookup = Lookup(name, type, client: client, id: nextID())
        sensor.see(lookup.query, at: time)
        if let code { sensor.see(lookup.answer(records, code: code), at: time + 0.001) }
    }

    mutating func asks(at time: Double, isAnswered: Bool = true) {
        sensor.see(whoHas(theVIP, asks: .client), at: time)
        if isAnswered { sensor.see(isAt(theVIP, Host.node.mac, tells: .client), at: time + 0.001) }
    }

    /// The port of the client tells connections apart.
    mutating func connects(_ source: UInt16 = 40_000, _ port: UInt16 = 443, at time: Double, as client: Host = .client) {
        let talk = Talk(client, port: port, sourcePort: source)
        sensor.see(talk.syn, at: time)
        sensor.see(talk.synACK, at: time + 0.001)
        sensor.see(talk.ack, at: time + 0.002)
    }

    mutating func isRefused(_ source: UInt16 = 40_000, at time: Double) {
        let talk = Talk(sourcePort: source)
        sensor.see(talk.syn, at: time)
        sensor.see(talk.refusal, at: time + 0.001)
    }

    mutating func says(
        _ octets: [UInt8], _ reply: [UInt8]?, _ source: UInt16 = 40_000, _ port: UInt16 = 443, at time: Double, as client: Host = .client
    ) {
        let talk = Talk(client, port: port, sourcePort: source)
        sensor.see(talk.out(id: nextID()).frame(6, talk.fromClient([.psh, .ack], payload: octets)), at: time)
        guard let reply else { return }
        sensor.see(talk.back(id: nextID()).frame(6, talk.fromServer([.psh, .ack], payload: reply)), at: time + 0.001)
    }

    mutating func greets(_ name: String = name, _ source: UInt16 = 40_000, at time: Double, as client: Host = .client) {
        says(
            tlsRecord(22, clientHello(name), version: 0x0301), tlsServerHello13 + changeCipherSpec + sealed(900), source, at: time,
            as: client)
    }

    mutating func asksPage(_ host: String = name, _ source: UInt16 = 40_001, at time: Double, status: String = "200 OK") {
        let request = Array("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n".utf8)
        says(request, Array("HTTP/1.1 \(status)\r\ncontent-length: 0\r\n\r\n".utf8), source, 80, at: time)
    }

    private static let vip = Host(Host.node.mac.rawValue, theVIP.description)

    /// Initials at these times; the first is answered, or none.
    mutating func triesQUIC(_ ends: QUICEnds = QUICEnds(), at times: [Double], isAnswered: Bool = false) {
        for (number, time) in times.enumerated() {
            let initial = ends.initial(.client, number: UInt8(number), crypto(clientHello(Self.name)))
            sensor.see(Datagram(.client, Self.vip).frame(17, udp(50_000, 443, initial)), at: time)
        }
        guard isAnswered, let time = times.first else { return }
        let flight = ends.initial(.server, [2, 0, 0, 0, 0] + crypto(serverHello())) + ends.handshake(.server)
        sensor.see(Datagram(Self.vip, .client).frame(17, udp(443, 50_000, flight)), at: time + 0.001)
    }

    /// Time passes, and the attempts of all events so far are told.
    mutating func attempts(until time: Double = 120) -> [UserAttempt] {
        sensor.advance(to: time)
        return sensor.events.attempts
    }
}

extension [FlowEvent] {
    var attempts: [UserAttempt] { compactMap { if case .attempt(let attempt) = $0 { attempt } else { nil } } }
}

import LAN
@testable import Diagnosis
import Flows
import QUICInitial
import Site
import Wire

// Frames of a browser that tries HTTP/3, for the rules about it.

typealias TimedFrame = (octets: [UInt8], time: Double)

/// One QUIC attempt at the VIP.
struct QUICTry {
    var ends = QUICEnds()
    var client = Host.client
    var address = theVIP
    var port: UInt16 = 50_000

    private func send(_ payload: [UInt8]) -> [UInt8] {
        Datagram(client, Host(Host.node.mac.rawValue, address.description)).frame(17, udp(port, 443, payload))
    }

    func back(_ payload: [UInt8], from source: IPv4Address? = nil) -> [UInt8] {
        Datagram(Host(Host.node.mac.rawValue, (source ?? address).description), client).frame(17, udp(443, port, payload))
    }

    func initial(_ number: UInt8 = 0, name: String = "argocd.laurivan.com", at seconds: Double) -> TimedFrame {
        (send(ends.initial(.client, number: number, crypto(clientHello(name)))), seconds)
    }

    /// The hello, sent at each of these times.
    func initials(_ times: [Double], name: String = "argocd.laurivan.com") -> [TimedFrame] {
        times.enumerated().map { initial(UInt8($0), name: name, at: $1) }
    }

    func close(at seconds: Double) -> TimedFrame { (send(ends.initial(.client, number: 9, connectionClose(0, "net error"))), seconds) }
    func handshake(at seconds: Double) -> TimedFrame { (send(ends.handshake(.client)), seconds) }
    func short(at seconds: Double) -> TimedFrame { (send(ends.short(.client)), seconds) }

    func answer(at seconds: Double) -> TimedFrame { (back(ends.initial(.server, crypto(serverHello()))), seconds) }
    func refusal(_ code: UInt64 = 0x178, at seconds: Double) -> TimedFrame {
        (back(ends.initial(.server, connectionClose(code))), seconds)
    }
    func negotiation(_ versions: [UInt32], at seconds: Double) -> TimedFrame { (back(ends.negotiation(versions)), seconds) }

    func rejection(of initial: TimedFrame, at seconds: Double) -> TimedFrame {
        (icmpError(3, 3, from: .node, to: client, quotes: initial.octets, octets: 548), seconds)
    }

    /// Answered, and both go on.
    func established(at seconds: Double) -> [TimedFrame] {
        [initial(at: seconds), answer(at: seconds + 0.001), handshake(at: seconds + 0.002), short(at: seconds + 0.003)]
    }
}

/// A page by TLS over TCP: SYN, SYN-ACK, ACK, ClientHello and ServerHello, a millisecond apart.
func page(_ talk: Talk = Talk(), name: String = "argocd.laurivan.com", at seconds: Double, isServerSeen: Bool = true) -> [TimedFrame] {
    let hello = talk.out(id: 1).frame(6, talk.fromClient([.psh, .ack], payload: tlsRecord(22, clientHello(name))))
    let answer = talk.back(id: 1).frame(6, talk.fromServer([.psh, .ack], payload: tlsRecord(22, serverHello())))
    let frames = isServerSeen ? [talk.syn, talk.synACK, talk.ack, hello, answer] : [talk.syn, talk.ack, hello]
    return frames.enumerated().map { ($1, seconds + Double($0) / 1000) }
}

/// What is concluded of these frames, in the order of their times.
func watched(_ frames: [[TimedFrame]], _ site: Site = .home, until end: Double) -> Bench {
    var watch = Watch(site)
    for (octets, time) in frames.flatMap(\.self).sorted(by: { $0.time < $1.time }) { watch.see(octets, at: time) }
    watch.finish(at: end)
    return watch.bench
}

extension Bench {
    var labels: [Label] { findings.map(\.label).filter { $0 != .healthy } }
}

import Flows
import Wire

/// A client and the port of a VIP that it uses.
struct ClientPort: Hashable {
    var client: IPAddress
    var port: Port

    init(_ connection: TCPConnection) { (client, port) = (connection.originator.address, connection.responder.port) }
}

/// The last successes at a VIP, each with its client.
struct Successes {
    private var frames: [ClientPort: FrameReference] = [:]
    private static let most = 256

    mutating func note(_ connection: TCPConnection) {
        guard let frame = connection.synACK ?? connection.ack else { return }
        let key = ClientPort(connection)
        if frames.count == Self.most, frames[key] == nil {
            // Those of the last minute; where these are as many, begin anew.
            frames = frames.filter { connection.time - $0.value.time < .seconds(60) }
            if frames.count == Self.most { frames = [:] }
        }
        frames[key] = frame
    }

    func last(_ key: ClientPort) -> FrameReference? { frames[key] }
}

extension VIPRecord {
    func lastSuccess(_ key: ClientPort) -> FrameReference? { successes.last(key) }

    /// A later connection of the same client to the port than this one's last packet was set up.
    func recovered(since connection: TCPConnection) -> Bool {
        successes.last(ClientPort(connection)).map { $0 > connection.last } ?? false
    }

    /// The port's last handshake, where that was another client's and not long ago.
    func works(_ port: Port, forOthersThan client: IPAddress, since time: Timestamp) -> TCPConnection? {
        works[port].flatMap { $0.originator.address != client && $0.time >= time ? $0 : nil }
    }
}

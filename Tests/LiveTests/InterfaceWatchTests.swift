import Capture
import Testing
import Wire

struct InterfaceWatchTests {
    private let eth0 = NetworkInterface(name: "eth0", index: 2, isUp: true)
    private let lo = NetworkInterface(name: "lo", index: 1, isUp: true)

    private func changed(_ interface: NetworkInterface, name: String? = nil, index: UInt32? = nil, isUp: Bool? = nil) -> NetworkInterface {
        NetworkInterface(name: name ?? interface.name, index: index ?? interface.index, isUp: isUp ?? interface.isUp)
    }

    @Test func `what happens to an interface is told once, each time`() {
        var watch = InterfaceWatch(eth0)
        #expect(watch.look([lo, eth0]) == [])
        #expect(watch.look([lo, changed(eth0, isUp: false)]) == [.down("eth0")])
        #expect(watch.look([lo, changed(eth0, isUp: false)]) == [])
        #expect(watch.look([lo, eth0]) == [.up("eth0")])
        #expect(watch.look([lo]) == [.vanished("eth0")])
        #expect(watch.look([lo]) == [])
        #expect(watch.look([lo, changed(eth0, index: 7)]) == [.back("eth0")])
        #expect(watch.current?.index == 7)
    }

    @Test func `a renamed interface is followed, and looked for by its new name`() {
        var watch = InterfaceWatch(eth0)
        #expect(watch.look([changed(eth0, name: "lan")]) == [.renamed("eth0", to: "lan")])
        #expect(watch.look([changed(eth0, name: "eth0", index: 9)]) == [.vanished("lan")])
        #expect(watch.look([changed(eth0, name: "lan", index: 9)]) == [.back("lan")])
    }

    @Test func `an interface that was made again between two looks is another one`() {
        var watch = InterfaceWatch(eth0)
        #expect(watch.look([changed(eth0, index: 7)]) == [.vanished("eth0"), .back("eth0")])
    }

    @Test func `every change is told in words`() {
        let changes: [InterfaceChange] = [.down("a"), .up("a"), .vanished("a"), .back("a"), .renamed("a", to: "b")]
        #expect(
            changes.map(\.description) == [
                "a went down: nothing is seen there", "a is up", "a vanished: nothing is seen there", "a is back", "a is called b now",
            ])
    }

    @Test func `pseudo-interface any is refused with the reason`() {
        let error = #expect(throws: CaptureError.self) { _ = try CaptureHandle("any", CaptureOptions()) }
        #expect(error?.kind == .noInterface && error?.problem.contains("destination MAC") == true)
    }

    @Test(arguments: [
        (["SUDO_UID": "1000", "SUDO_GID": "100"], UInt32(1000), UInt32(100)), ([:], 65_534, 65_534), (["SUDO_UID": "1000"], 65_534, 65_534),
        (["SUDO_UID": "0", "SUDO_GID": "0"], 65_534, 65_534), (["SUDO_UID": "x", "SUDO_GID": "1"], 65_534, 65_534),
    ])
    func `who called sudo gets the files, and root alone becomes nobody`(_ environment: [String: String], _ id: UInt32, _ group: UInt32) {
        #expect(Privileges.User.behind(environment) == Privileges.User(id: id, group: group))
    }

    @Test func `users are known by name and by number`() {
        #expect(Privileges.User("root") == Privileges.User(id: 0, group: 0))
        #expect(Privileges.User("0") == Privileges.User(id: 0, group: 0))
        #expect(Privileges.User("no such user") == nil)
    }
}

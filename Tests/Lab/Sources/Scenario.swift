import Foundation
import Yams

/// One file of scenarios/: a network, what is set up on it, what happens, and what must be found from each view.
struct Scenario: Sendable {
    struct Step: Sendable {
        let name: String
        let place: String
        /// Seconds after the recording's start; a step without it follows the one before.
        let at: Double?
        /// The next step does not wait for this one's end.
        let meanwhile: Bool
        let play: Play
    }

    let name: String
    let about: String
    let short: Bool
    let plan: NetworkPlan
    let client: String
    /// The mirror shows each frame at each port that it passes, and so twice.
    let mirrorsEachPort: Bool
    /// What `--vip` is given where vipscope knows nothing else.
    let vips: [String]
    let site: String
    let prepare: [Step]
    let play: [Step]
    let expectations: Expectations

    static func read(_ file: String, networks: String) throws -> Scenario {
        let fields = try Fields(file: file)
        var plan = try NetworkPlan.read(networks, name: try fields.text("network", or: "laurivan"))
        plan.stations += try fields.list("stations").map(NetworkPlan.station)
        let site = try fields.value("site").map { try Yams.serialize(node: $0) } ?? String(contentsOfFile: plan.site, encoding: .utf8)
        let scenario = Scenario(
            name: URL(filePath: file).deletingPathExtension().lastPathComponent, about: try fields.text("about"),
            short: try fields.flag("short"),
            plan: plan, client: try fields.station("client", plan, or: "client"), mirrorsEachPort: try fields.flag("mirror_each_port"),
            vips: try fields.texts("vips", or: ["10.0.0.157"]),
            site: site,
            prepare: try steps(fields, "prepare", plan), play: try steps(fields, "play", plan), expectations: try Expectations(fields))
        try fields.finish()
        return scenario
    }

    private static func steps(_ fields: Fields, _ key: String, _ plan: NetworkPlan) throws -> [Step] {
        try fields.list(key).map { step in
            let at = step.has("at") ? try step.number("at") : nil
            let meanwhile = try step.flag("meanwhile")
            let names = step.keys.filter { $0 != "at" && $0 != "meanwhile" }
            guard names.count == 1, let name = names.first else {
                throw step.error("expected one action, found \(names.joined(separator: ", "))")
            }
            guard let action = Actions.all[name] else {
                throw step.error("there is no action \(name); there are \(Actions.all.keys.sorted().joined(separator: ", "))")
            }
            guard let arguments = try step.fields(name) else { throw step.error("needs arguments", at: name) }
            let play = try action(arguments, plan)
            try arguments.finish()
            let line = step.node.mark.map { ":\($0.line)" } ?? ""
            return Step(name: name, place: "\(fields.file)\(line)", at: at, meanwhile: meanwhile, play: play)
        }
    }
}

/// What vipscope knows of the network when it judges.
enum Knowledge: String, CaseIterable, Sendable {
    /// The VIPs' addresses, nothing else.
    case vip
    /// The site file.
    case site
}

struct Expectation: Sendable {
    let label: String
    let vip: String?
    let port: Int?
    let name: String?
    let client: String?
    let confidence: String?
    let severity: String?
    /// The label of the finding that explains this one.
    let cause: String?
    /// Where it is not given: open for what must be found, any for what must not.
    let state: String?
    let views: [View]
    let knowing: [Knowledge]

    init(_ fields: Fields) throws {
        label = try fields.text("label")
        vip = fields.has("vip") ? try fields.text("vip") : nil
        port = fields.has("port") ? try fields.integer("port") : nil
        name = fields.has("name") ? try fields.text("name") : nil
        client = fields.has("client") ? try fields.text("client") : nil
        confidence = fields.has("confidence") ? try fields.text("confidence") : nil
        severity = fields.has("severity") ? try fields.text("severity") : nil
        cause = fields.has("caused_by") ? try fields.text("caused_by") : nil
        state = fields.has("state") ? try fields.text("state") : nil
        (views, knowing) = (try fields.views(), try fields.knowing())
        try fields.finish()
    }

    func concerns(_ view: View, _ knowledge: Knowledge) -> Bool { views.contains(view) && knowing.contains(knowledge) }

    var description: String {
        ([label]
            + [vip, port.map { "port \($0)" }, name, client.map { "for \($0)" }, confidence, severity, cause.map { "caused by \($0)" }]
            .compactMap { $0 }
            + (state.map { [$0] } ?? []))
            .joined(separator: " ")
    }
}

extension Fields {
    fileprivate func views() throws -> [View] { try choices("views") }
    fileprivate func knowing() throws -> [Knowledge] { try choices("knowing") }
}

/// What the ledger of a VIP must say in the end.
struct LedgerExpectation: Sendable {
    let vip: String
    /// The verdict, or a layer's status; any of several will do.
    let states: [(String, [String])]
    let views: [View]
    let knowing: [Knowledge]

    init(_ fields: Fields) throws {
        vip = try fields.text("vip")
        states = try ["verdict", "l2", "icmp", "dns", "tcp", "tls", "quic", "http"].compactMap { place in
            let states = try fields.texts(place, or: [])
            return states.isEmpty ? nil : (place, states)
        }
        (views, knowing) = (try fields.views(), try fields.knowing())
        try fields.finish()
    }
}

/// A fault or a warning that is in none of the lists is wrong, too.
struct Expectations: Sendable {
    let must: [Expectation]
    let may: [Expectation]
    let mustNot: [Expectation]
    let ledger: [LedgerExpectation]

    init(_ fields: Fields) throws {
        must = try fields.list("must").map(Expectation.init)
        may = try fields.list("may").map(Expectation.init)
        mustNot = try fields.list("must_not").map(Expectation.init)
        ledger = try fields.list("ledger").map(LedgerExpectation.init)
    }
}

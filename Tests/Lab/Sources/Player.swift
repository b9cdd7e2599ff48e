import Foundation

/// Plays one scenario and has it judged.
struct Player: Sendable {
    let judge: Judge
    let results: String
    /// `vipscope capture` runs beside the recordings.
    var isLive = false

    /// What precedes the recording, what is recorded, and the whole scenario are bounded in time.
    private static let longest = 180.0

    func play(_ scenario: Scenario, prefix: String) async -> Verdict {
        let folder = "\(results)/\(scenario.name)"
        var verdict: Verdict
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let differences = try await Shell.within(Self.longest, scenario.name) {
                try await record(scenario, prefix: prefix, folder: folder)
            }
            verdict = try await judge.judge(scenario, folder: folder)
            verdict.complaints += differences
        } catch {
            verdict = Verdict(scenario: scenario.name)
            verdict.complaints = ["not played: \(error)"]
            for view in View.allCases { try? FileManager.default.removeItem(atPath: Recorder.path(view, in: folder)) }
        }
        return verdict
    }

    /// - Returns: how live capture differed.
    private func record(_ scenario: Scenario, prefix: String, folder: String) async throws -> [String] {
        var differences: [String] = []
        let files = FileManager.default.temporaryDirectory.appending(path: "vipscope-\(prefix)\(scenario.name)").path()
        let lan = LAN(scenario.plan, prefix: prefix, folder: files)
        do {
            try await lan.build()
            try await run(scenario.prepare, on: lan)
            try await lan.prime()
            let recorder = try await Recorder(lan, client: scenario.client, eachPort: scenario.mirrorsEachPort, folder: folder)
            var live: LiveCaptures?
            do {
                if isLive { live = try await LiveCaptures(lan, scenario, vipscope: judge.vipscope, folder: folder) }
                await lan.begin()
                try await run(scenario.play, on: lan)
                try await close(lan)
                await live?.stop()
            } catch {
                await live?.stop()
                await recorder.stop()
                throw error
            }
            try await recorder.finish()
            if let live { differences = try await live.compare() }
        } catch {
            await lan.takeDown()
            keepLogs(files, in: folder)
            throw error
        }
        await lan.takeDown()
        keepLogs(files, in: folder)
        return differences
    }

    private func run(_ steps: [Scenario.Step], on lan: LAN) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for step in steps {
                if let at = step.at { try await Task.sleep(until: await lan.start + .seconds(at)) }
                if step.meanwhile {
                    group.addTask { try await perform(step, on: lan) }
                } else {
                    try await perform(step, on: lan)
                }
            }
            try await group.waitForAll()
        }
    }

    private func perform(_ step: Scenario.Step, on lan: LAN) async throws {
        do {
            try await step.play(lan)
        } catch let error as LabError {
            throw LabError("\(step.place): \(step.name): \(error)")
        }
    }

    /// Waits until every retransmission and answer that the scenario caused has been seen, then lets the bystander talk to its gateway. Its broadcast
    /// shows at every vantage that the capture went on after the last packet of interest.
    private func close(_ lan: LAN) async throws {
        try await Task.sleep(for: .milliseconds(1500))
        let gateway = lan.plan.stations.first { $0.name == "bystander" }?.gateway
        if let gateway { _ = try await lan["bystander"].run("ping", "-n", "-c", "1", "-W", "1", gateway) }
        try await Task.sleep(for: .milliseconds(200))
    }

    private func keepLogs(_ files: String, in folder: String) {
        let manager = FileManager.default
        for name in (try? manager.contentsOfDirectory(atPath: files)) ?? [] where name.hasSuffix(".log") {
            try? manager.removeItem(atPath: "\(folder)/\(name)")
            try? manager.moveItem(atPath: "\(files)/\(name)", toPath: "\(folder)/\(name)")
        }
        try? manager.removeItem(atPath: files)
    }
}

extension Player {
    /// Judges what an earlier run recorded.
    func again(_ scenario: Scenario) async -> Verdict {
        do {
            return try await judge.judge(scenario, folder: "\(results)/\(scenario.name)")
        } catch {
            var verdict = Verdict(scenario: scenario.name)
            verdict.complaints = ["not judged: \(error)"]
            return verdict
        }
    }
}

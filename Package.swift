// swift-tools-version: 6.2
import PackageDescription

// The manifest is the import graph: data moves capture -> decode -> correlate -> diagnose -> emit,
// and `--explicit-target-dependency-import-check error` holds every import against it.

let strict: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    // The hot path crosses modules: addresses, times and hashes of Wire are compared in Flows for every packet. Only what is
    // public is inlined there, `package` is not: hence the access in Wire, Savefile, Digest and QUICInitial. Measured: 1.3 to 1.6 times.
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
    name: "vipscope",
    products: [.executable(name: "vipscope", targets: ["vipscope"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CPcap", pkgConfig: "libpcap", providers: [.apt(["libpcap-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CPrefetch"),
        .target(name: "Wire", swiftSettings: strict),
        .target(name: "Digest", dependencies: ["COpenSSL"], swiftSettings: strict),
        .target(name: "QUICInitial", dependencies: ["COpenSSL", "Wire"], swiftSettings: strict),
        .target(name: "Savefile", dependencies: ["Wire", system], swiftSettings: strict),
        .target(name: "Capture", dependencies: ["CLinux", "CPcap", "Wire"], swiftSettings: strict),
        .target(name: "Site", dependencies: ["Wire"], swiftSettings: strict),
        .target(name: "Anonymize", dependencies: ["Digest", "QUICInitial", "Site", "Wire"], swiftSettings: strict),
        .target(name: "Flows", dependencies: ["CPrefetch", "Digest", "QUICInitial", "Site", "Wire"], swiftSettings: strict),
        .target(name: "Diagnosis", dependencies: ["Wire", "Flows", "Site"], swiftSettings: strict),
        .target(
            name: "Events", dependencies: ["Digest", "Wire", "Flows", "Diagnosis", "Site"],
            resources: [.embedInCode("Schema/vipscope.schema.json")], swiftSettings: strict),
        .target(
            name: "Agent",
            dependencies: ["Anonymize", "Wire", "Savefile", "Capture", "Site", "Flows", "Diagnosis", "Events", system],
            swiftSettings: strict),
        .target(name: "SiteFile", dependencies: ["Site", "Wire", yams], swiftSettings: strict),
        .executableTarget(
            name: "vipscope",
            dependencies: [
                "Agent", "Anonymize", "SiteFile", "Wire", "Savefile", "Capture", "Site", "Flows", "Diagnosis", "Events", "CLinux",
                argumentParser,
                system,
            ],
            swiftSettings: strict),
        // What several test targets share: the recorded cases and replays held in memory.
        .target(
            name: "Support",
            dependencies: ["Agent", "Diagnosis", "Events", "Flows", "Savefile", "Site", "SiteFile", "Wire", yams],
            path: "Tests/Support", swiftSettings: strict),
        .testTarget(name: "WireTests", dependencies: ["Wire"], swiftSettings: strict),
        .testTarget(name: "DigestTests", dependencies: ["Digest"], swiftSettings: strict),
        .testTarget(name: "QUICInitialTests", dependencies: ["QUICInitial", "Wire"], swiftSettings: strict),
        .testTarget(name: "SavefileTests", dependencies: ["Savefile", "Support", "Wire", system], swiftSettings: strict),
        // A LAN of made-up stations: frames octet by octet, and a sensor that hears them. Light, so that these tests build in seconds.
        .target(name: "LAN", dependencies: ["Flows", "QUICInitial", "Site", "Wire"], path: "Tests/LAN", swiftSettings: strict),
        .testTarget(name: "FlowsTests", dependencies: ["LAN", "Flows", "QUICInitial", "Site", "Wire"], swiftSettings: strict),
        .testTarget(
            name: "DiagnosisTests", dependencies: ["LAN", "Diagnosis", "Flows", "QUICInitial", "Site", "Wire"], swiftSettings: strict),
        .testTarget(
            name: "EventsTests", dependencies: ["LAN", "Support", "Diagnosis", "Events", "Flows", "QUICInitial", "Site", "Wire"],
            swiftSettings: strict),
        .testTarget(
            name: "AnonymizeTests",
            dependencies: [
                "Anonymize", "Agent", "Diagnosis", "Events", "LAN", "QUICInitial", "Savefile", "Site", "SiteFile", "Support", "Wire",
                system,
            ],
            swiftSettings: strict),
        .testTarget(name: "SiteFileTests", dependencies: ["SiteFile", "Site", "Wire"], swiftSettings: strict),
        .testTarget(
            name: "CaptureTests",
            dependencies: ["Support", "Agent", "Diagnosis", "Events", "Flows", "Savefile", "Site", "Wire"], swiftSettings: strict),
        // Live capture: interfaces in network namespaces of the tests' own, and frames played with a clock of their own.
        .testTarget(
            name: "LiveTests",
            dependencies: ["LAN", "Support", "Agent", "Capture", "Diagnosis", "Events", "Flows", "Savefile", "Site", "Wire"],
            swiftSettings: strict),
        .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter", cSettings: [.treatAllWarnings(as: .error)]),
        .testTarget(
            name: "AllocationTests", dependencies: ["CAllocationCounter", "Support", "Agent", "Events", "Flows", "Site", "Wire"],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

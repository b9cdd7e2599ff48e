// swift-tools-version: 6.2
import PackageDescription

// Everything that octets from elsewhere reach, built with libFuzzer and AddressSanitizer. A package of its own, because a sanitizer's flag
// reaches every target of a build; run.py lays it out beside links to the sources in .build/fuzz, so that its targets see what is `package`.

let strict: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

let package = Package(
    name: "vipscope-fuzz",
    dependencies: [
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CPcap", pkgConfig: "libpcap", providers: [.apt(["libpcap-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLinux"),
        .target(name: "Wire", swiftSettings: strict),
        .target(name: "Digest", dependencies: ["COpenSSL"], swiftSettings: strict),
        .target(name: "QUICInitial", dependencies: ["COpenSSL", "Wire"], swiftSettings: strict),
        .target(name: "Savefile", dependencies: ["Wire", system], swiftSettings: strict),
        .target(name: "Capture", dependencies: ["CLinux", "CPcap", "Wire"], swiftSettings: strict),
        .target(name: "Site", dependencies: ["Wire"], swiftSettings: strict),
        .target(name: "Flows", dependencies: ["Digest", "QUICInitial", "Site", "Wire"], swiftSettings: strict),
        .target(name: "Diagnosis", dependencies: ["Wire", "Flows", "Site"], swiftSettings: strict),
        .target(
            name: "Events", dependencies: ["Digest", "Wire", "Flows", "Diagnosis", "Site"],
            resources: [.embedInCode("Schema/vipscope.schema.json")], swiftSettings: strict),
        .target(
            name: "Agent",
            dependencies: ["Wire", "Savefile", "Capture", "Site", "Flows", "Diagnosis", "Events", system],
            swiftSettings: strict),
        .target(name: "SiteFile", dependencies: ["Site", "Wire", .product(name: "Yams", package: "Yams")], swiftSettings: strict),
        .target(name: "LAN", dependencies: ["Flows", "QUICInitial", "Site", "Wire"], path: "Tests/LAN", swiftSettings: strict),
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "Agent", "Diagnosis", "Events", "Flows", "LAN", "QUICInitial", "Savefile", "Site", "SiteFile", "Wire",
            ],
            path: "Tests/Fuzz/Sources", swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

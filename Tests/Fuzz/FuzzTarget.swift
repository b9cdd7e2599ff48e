// The rest of the fuzz package's manifest: package.py puts it behind the project's own, so that modules are listed once. A package apart, because
// a sanitizer's flag reaches every target of a build; its targets are those that octets from elsewhere reach.

package.name = "vipscope-fuzz"
package.products = []
package.targets.removeAll { $0.type == .test || $0.type == .executable || $0.name == "CAllocationCounter" || $0.name == "Support" }
package.targets.append(
    .executableTarget(
        name: "Fuzz",
        dependencies: ["Agent", "Anonymize", "Diagnosis", "Events", "Flows", "LAN", "QUICInitial", "Savefile", "Site", "SiteFile", "Wire"],
        path: "Tests/Fuzz/Sources", swiftSettings: strict))

// swift-tools-version: 6.0
import PackageDescription

// In Rehome's own repository a warning is an error. A package that asks for this cannot be depended on by version.
let strict: [SwiftSetting] =
    Context.environment["REHOME_STRICT"] == nil ? [] : [.unsafeFlags(["-warnings-as-errors"])]

// On Apple's systems the library is an XCFramework: `cargo xtask bindings ios` writes it here. A release replaces the path
// with `url:` and `checksum:`, which that command prints. Elsewhere the linker finds it.
#if os(Linux)
    let library = Target.systemLibrary(name: "RehomeFFI")
#else
    let library = Target.binaryTarget(name: "RehomeFFI", path: "RehomeFFI.xcframework")
#endif

let apple: [Platform] = [.iOS, .macOS]

let package = Package(
    name: "Rehome",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [.library(name: "Rehome", targets: ["Rehome"])],
    targets: [
        library,
        // What is generated calls foreign async traits in a way that the compiler does not bear in Swift 6 mode.
        .target(
            name: "RehomeBindings",
            dependencies: ["RehomeFFI"],
            swiftSettings: [.swiftLanguageMode(.v5)],
            linkerSettings: [
                .linkedLibrary("rehome_ffi", .when(platforms: [.linux])),
                // The system's own, which SwiftData and Core Data use as well: two SQLites on one file lose data.
                .linkedLibrary("sqlite3", .when(platforms: apple)),
            ]),
        .target(
            name: "Rehome",
            dependencies: ["RehomeBindings"],
            resources: [.copy("PrivacyInfo.xcprivacy")],
            swiftSettings: strict),
        // Migrates in a process of its own, which a test kills.
        .executableTarget(name: "migrates", dependencies: ["Rehome"], path: "Tests/Migrates", swiftSettings: strict),
        // Measures what a page of documents costs.
        .executableTarget(name: "measures", dependencies: ["Rehome"], path: "Tests/Measures", swiftSettings: strict),
        .testTarget(
            name: "RehomeTests", dependencies: ["Rehome", "RehomeBindings", "migrates"], swiftSettings: strict),
    ]
)

// swift-tools-version: 6.0
import PackageDescription

let strict: [SwiftSetting] =
    Context.environment["REHOME_STRICT"] == nil ? [] : [.unsafeFlags(["-warnings-as-errors"])]

let package = Package(
    name: "HabitTracker",
    // SwiftData and Observation begin here; Rehome itself asks for less.
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [.library(name: "HabitTracker", targets: ["HabitTracker"])],
    dependencies: [.package(path: "../bindings/swift")],
    targets: [
        .target(
            name: "HabitTracker", dependencies: [.product(name: "Rehome", package: "swift")],
            resources: [.copy("Resources/habits.toml")], swiftSettings: strict),
        .executableTarget(name: "headless", dependencies: ["HabitTracker"], swiftSettings: strict),
        .testTarget(name: "HabitTrackerTests", dependencies: ["HabitTracker"], swiftSettings: strict),
    ]
)

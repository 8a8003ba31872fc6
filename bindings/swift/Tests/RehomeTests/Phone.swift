import Foundation
import Testing

@testable import Rehome

/// A phone with a habit app's store, and a folder for Rehome; everything in it is its own.
struct Phone {
    let world: World
    let user: String
    let folder: URL
    let store: URL
    let damaged: Int

    /// Everybody is let in.
    static let all = #"{"backfillEnabled": true, "backfillRolloutPercentage": 100}"#
    /// Nobody is.
    static let none = #"{"backfillEnabled": false, "backfillRolloutPercentage": 100}"#

    init(completions: Int = 60, damaged: Double = 0) async throws {
        world = try await World.find()
        user = "user-\(UUID().uuidString)"
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("rehome-\(user)", isDirectory: true)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.damaged = try await World.makeStore("\(user).store", completions: completions, damaged: damaged)
        store = try World.folder().appendingPathComponent("\(user).store")
        try say(Self.all)
    }

    /// What whoever steers says.
    func say(_ flags: String) throws {
        try Data(flags.utf8).write(to: flagsFile)
    }

    var flagsFile: URL { folder.appendingPathComponent("flags.json") }
    var rehomesFolder: URL { folder.appendingPathComponent("rehome", isDirectory: true) }
    var habits: String { "users/\(user)/habits" }
    var completions: String { "users/\(user)/completions" }

    static var repository: URL {
        (0..<5).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
    }

    static var planFile: URL { repository.appendingPathComponent("cli/src/habits.toml") }

    /// How the app configures Rehome.
    func configuration() async throws -> Rehome.Configuration {
        let token = try await World.token(of: user)
        var configuration = Rehome.Configuration(
            folder: rehomesFolder, store: .at(store), plans: [try Rehome.Plan(contentsOf: Self.planFile)],
            project: world.project, idToken: { _ in token })
        configuration.emulator = world.firestore
        configuration.flagsFile = flagsFile
        configuration.owner = user
        configuration.upload = { to, _ in to }
        return configuration
    }

    /// The app's launch, after it has changed this.
    func open(_ change: (inout Rehome.Configuration) -> Void = { _ in }) async throws -> Rehome {
        var configuration = try await configuration()
        change(&configuration)
        return try Rehome(configuration)
    }

    /// A launch of which a run takes seconds.
    func openSlowly(_ change: (inout Rehome.Configuration) -> Void = { _ in }) async throws -> Rehome {
        try await open {
            $0.tuning = RunTuning(batchSize: 10, inFlight: 1, documentsPerSecond: 40)
            change(&$0)
        }
    }

    /// How many documents of this user's are in Firestore.
    func documents() async throws -> Int {
        var all = 0
        for name in ["habits", "completions", "xpEvents", "xp", "profiles"] {
            all += try await World.count("users/\(user)/\(name)")
        }
        return all
    }

    /// Waits until some documents are in Firestore.
    func someAreThere() async throws {
        while try await documents() == 0 { await Task.yield() }
    }
}

/// Runs a migration, and does this once something was sent.
func run(_ rehome: Rehome, on phone: Phone, then meddle: () async throws -> Void) async throws -> MigrationOutcome {
    let migration = try rehome.migration()
    async let outcome = migration.runIfNeeded()
    try await phone.someAreThere()
    try await meddle()
    return try await outcome
}

/// Whether the next launch carries the rest, each once.
func theNextLaunchFinishes(_ phone: Phone, _ at: SourceLocation = #_sourceLocation) async throws {
    let rehome = try await phone.open()
    let migration = try rehome.migration()
    let outcome = try await migration.runIfNeeded()
    #expect(outcome.ending == .complete, sourceLocation: at)
    #expect(outcome.counters.replaced == 0, sourceLocation: at)
    let whole = try await migration.rehearse().mapped
    let there = try await phone.documents()
    #expect(Int(whole) == there, sourceLocation: at)
    let verification = try await migration.verify()
    #expect(verification.verified && verification.differences.isEmpty, sourceLocation: at)
    await rehome.close()
}

/// What keeps this from being done.
func refusal<Answer>(of work: () async throws -> Answer, _ at: SourceLocation = #_sourceLocation) async throws
    -> RehomeError
{
    do {
        _ = try await work()
    } catch let error as RehomeError {
        return error
    }
    Issue.record("it was done", sourceLocation: at)
    return .broken(why: "")
}

extension RehomeError {
    /// The case's name, to compare.
    var kind: String {
        switch self {
        case .notSignedIn: "notSignedIn"
        case .notAllowed: "notAllowed"
        case .later: "later"
        case .changed: "changed"
        case .wrong: "wrong"
        case .broken: "broken"
        }
    }
}

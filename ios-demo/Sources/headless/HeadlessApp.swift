import Foundation
import HabitTracker
import Rehome

/// A screen showed something else than it should have.
struct Unexpected: Error, CustomStringConvertible {
    let title: String
    let expected: [String]

    var description: String {
        "the screen \"\(title)\" should have shown:\n" + expected.map { "   \($0)" }.joined(separator: "\n")
    }
}

/// The app on a phone, with its screens and without their pixels.
@MainActor struct HeadlessApp {
    let habits: HabitsModel
    let moving: MigrationModel
    let flags: FlagsModel
    let developer: DeveloperModel

    /// Launches the app of a user whose store is damaged in places, and goes away without a trace afterwards.
    static func launched(_ user: String, _ walk: (Self) async throws -> Void) async throws {
        let world = try await World.find()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("rehome-demo-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let old = WorldStore(file: "\(folder.lastPathComponent).store")
        _ = try await World.makeStore(old.file, completions: 400, damaged: 0.02)
        let token = try await World.token(of: user)
        var configuration = try Rehome.Configuration.habits(
            store: try World.folder().appendingPathComponent(old.file), folder: folder.appendingPathComponent("rehome"),
            project: world.project, user: user, idToken: { _ in token })
        configuration.emulator = world.firestore
        configuration.flagsFile = folder.appendingPathComponent("flags.json")
        let rehome = try Rehome.configure(configuration)
        let app = try Self(rehome, user, old, flagsFile: folder.appendingPathComponent("flags.json"))
        do { try await walk(app) } catch {
            await Rehome.closeShared()
            throw error
        }
        await Rehome.closeShared()
    }

    private init(_ rehome: Rehome, _ user: String, _ old: any OldStore, flagsFile: URL) throws {
        let (migration, store) = (try rehome.migration(), HabitStore(rehome, user: user, old: old))
        habits = HabitsModel(store)
        moving = MigrationModel(migration)
        flags = FlagsModel(rehome.flags, user: user)
        developer = DeveloperModel(migration, store, flagsFile: flagsFile)
    }

    /// Shows the habits, the first and the last.
    func showHabits(_ title: String, _ expected: String...) throws {
        let rows = habits.rows.map { "\($0.title): done \($0.done) times, streak \($0.streak)" }
        let summary = "from \(habits.source), level \(habits.level), \(habits.points) points, \(rows.count) habits"
        let problem = habits.problem.map { [$0] } ?? []
        try show(title, [summary] + rows.prefix(2) + rows.suffix(1) + problem, expected)
    }

    func showMoving(_ title: String, _ expected: String...) throws {
        let percent = "\(Int(moving.fraction * 100)) %"
        let leftBehind = moving.leftBehind.prefix(1).map { "left behind: \($0.what): \($0.why)" }
        try show(title, [moving.headline, percent] + leftBehind, expected)
    }

    func showFlags(_ title: String, _ expected: String...) throws {
        let lines = flags.lines.prefix(3).map { "\($0.name) = \($0.value) (\($0.source))" }
        try show(title, lines + [flags.explanation], expected)
    }

    func showDeveloper(_ title: String, _ expected: String...) throws {
        try show("Developer: \(title)", [developer.report], expected)
    }

    private func show(_ title: String, _ lines: [String], _ expected: [String]) throws {
        print("\n== \(title)")
        for line in lines { print("   \(line)") }
        guard lines == expected else { throw Unexpected(title: title, expected: expected) }
    }
}

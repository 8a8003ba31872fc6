import Foundation
import Rehome
import Testing

@testable import HabitTracker

/// Stands for SwiftData, which is on Apple's systems alone.
private actor NotedWrites: OldStore {
    private(set) var ids: [String] = []
    func complete(habit id: String, at _: Date) { ids.append(id) }
}

/// The app on a phone, with its screens.
@MainActor private struct App {
    let rehome: Rehome
    let user = "habits-\(UUID().uuidString)"
    let old = NotedWrites()
    let habits: HabitsModel
    let moving: MigrationModel
    let flags: FlagsModel
    let developer: DeveloperModel

    init(damaged: Double = 0) async throws {
        let (world, token) = (try await World.find(), try await World.token(of: user))
        _ = try await World.makeStore("\(user).store", completions: 200, damaged: damaged)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(user, isDirectory: true)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let store = try World.folder().appendingPathComponent("\(user).store")
        var configuration = try Rehome.Configuration.habits(
            store: store, folder: folder.appendingPathComponent("rehome"), project: world.project, user: user,
            idToken: { _ in token })
        configuration.emulator = world.firestore
        configuration.flagsFile = folder.appendingPathComponent("flags.json")
        rehome = try Rehome(configuration)
        let migration = try rehome.migration()
        habits = HabitsModel(HabitStore(rehome, user: user, old: old))
        (moving, flags) = (MigrationModel(migration), FlagsModel(rehome.flags, user: user))
        developer = DeveloperModel(migration, flagsFile: folder.appendingPathComponent("flags.json"))
    }
}

@MainActor @Suite struct ScreensTests {
    @Test func aUserSeesTheSameHabitsBeforeAndAfterTheMove() async throws {
        let app = try await App()
        await app.habits.load()
        let before = app.habits.rows
        #expect(!before.isEmpty && before.contains { $0.done > 0 } && app.habits.source == "this phone")
        #expect(app.habits.points > 0)
        app.developer.setAllowed(true)
        await app.moving.run()
        #expect(app.moving.headline.hasPrefix("Everything has moved") && app.moving.fraction == 1)
        #expect(!app.moving.isRunning && app.moving.leftBehind.isEmpty)
        await app.developer.verify()
        #expect(app.developer.report.hasPrefix("verified"))

        try await app.rehome.flags.force(.atStage(stage: .complete), for: .user(app.user), because: "a test")
        await app.habits.load()
        #expect(app.habits.source == "the cloud" && app.habits.rows == before)
        await app.rehome.close()
    }

    @Test func whatIsDoneGoesToTheOldStoreAsLongAsThatIsRead() async throws {
        let app = try await App()
        await app.habits.load()
        let row = try #require(app.habits.rows.first)
        await app.habits.complete(row, at: Date())
        #expect(await app.old.ids.count == 1 && app.habits.problem == nil)
        try await app.rehome.flags.force(.atStage(stage: .complete), for: .user(app.user), because: "a test")
        await app.habits.complete(row, at: Date())
        #expect(await app.old.ids.count == 1 && app.habits.problem?.contains("update") == true)
        await app.rehome.close()
    }

    @Test func whatIsLeftBehindIsShownWithTheReason() async throws {
        let app = try await App(damaged: 0.05)
        app.developer.setAllowed(true)
        await app.moving.run()
        let count = app.moving.leftBehind.count
        #expect(count > 0 && app.moving.headline.hasSuffix("\(count) could not be"), "nobody is told that it is all")
        #expect(app.moving.leftBehind.allSatisfy { $0.why.contains(":") })
        await app.rehome.close()
    }

    @Test func theDevelopersMenuRehearsesStopsAndTakesBack() async throws {
        let app = try await App()
        await app.developer.rehearse()
        #expect(app.developer.report.contains("0 cannot be moved"))
        app.developer.setAllowed(false)
        await app.moving.run()
        #expect(app.moving.headline.contains("backfillEnabled is false"))
        app.developer.setAllowed(true)
        await app.moving.run()
        await app.developer.rollBack(dryRun: true)
        #expect(app.developer.report.contains("would be deleted"))
        await app.developer.rollBack(dryRun: false)
        #expect(app.developer.report.contains("were deleted"))
        await app.rehome.close()
    }

    @Test func theFlagsScreenExplains() async throws {
        let app = try await App()
        app.developer.setAllowed(true)
        await app.flags.refresh()
        #expect(app.flags.lines.contains { $0.name == "backfillEnabled" && $0.value == "true" })
        await app.flags.explain("backfillRolloutPercentage")
        #expect(app.flags.explanation.contains("the local file"))
        await app.rehome.close()
    }

    @Test func thePlanIsTheOneThatTheToolHas() throws {
        let repository = (0..<4).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        let plan = try String(contentsOf: repository.appendingPathComponent("cli/src/habits.toml"), encoding: .utf8)
        #expect(try Rehome.Plan.habits().text == plan)
    }
}

import Foundation
import Rehome
import Testing

@testable import HabitTracker

/// The app on a phone, with its screens.
@MainActor private struct App {
    let rehome: Rehome
    let user = "habits-\(UUID().uuidString)"
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
        let habitStore = HabitStore(rehome, user: user, old: WorldStore(file: "\(user).store"))
        habits = HabitsModel(habitStore)
        (moving, flags) = (MigrationModel(migration), FlagsModel(rehome.flags, user: user))
        developer = DeveloperModel(
            migration, habitStore, flagsFile: folder.appendingPathComponent("flags.json"))
    }
}

@MainActor @Suite struct ScreensTests {
    /// The day after the last one in a store of the world's.
    static let tomorrow = Date(timeIntervalSinceReferenceDate: 810_043_200)

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

    @Test func whatIsDoneGoesToTheOldStoreAndTheCutOverComesAfterItsLastDelta() async throws {
        let app = try await App()
        await app.habits.load()
        await app.developer.cutOver()
        #expect(app.developer.report.hasPrefix("this phone is read as before"), "nobody is let in yet")
        app.developer.setAllowed(true)
        await app.moving.run()
        let (before, points) = (app.habits.rows, app.habits.points)
        let row = try #require(before.first)
        await app.habits.complete(row, at: Self.tomorrow)
        await app.habits.complete(row, at: Self.tomorrow)
        await app.habits.add("Swim", at: Self.tomorrow)
        let written = app.habits.rows
        #expect(app.habits.problem == nil && app.habits.source == "this phone")
        #expect(app.habits.points == points + 20)
        #expect(written.map(\.title) == before.map(\.title) + ["Swim"])
        #expect(written.first?.done == row.done + 2 && written.first?.streak == row.streak + 1, "two on one day")

        await app.developer.cutOver()
        #expect(app.developer.report == "the cloud is read from now on")
        await app.habits.load()
        #expect(app.habits.source == "the cloud" && app.habits.rows == written && app.habits.points == points + 20)
        await app.habits.complete(row, at: Self.tomorrow)
        #expect(app.habits.problem?.contains("update") == true && app.habits.rows == written)

        await app.developer.rollBack(dryRun: false)
        await app.habits.load()
        #expect(app.habits.source == "this phone" && app.habits.rows == written, "nothing of it was the cloud's alone")
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

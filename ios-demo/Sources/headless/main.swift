// Goes through the demo's screens and prints what a user would see. `cargo xtask demo swift` starts it.
import Foundation
import HabitTracker
import Rehome

/// Stands for SwiftData, which is on Apple's systems alone: notes what is written.
actor NotedWrites: OldStore {
    private(set) var count = 0
    func complete(habit _: String, at _: Date) { count += 1 }
}

@MainActor func show(_ title: String, _ lines: [String]) {
    print("\n== \(title)")
    for line in lines { print("   \(line)") }
}

@MainActor func show(_ habits: HabitsModel) {
    let rows = habits.rows.prefix(5).map { "\($0.title): done \($0.done) times, streak \($0.streak)" }
    show("Habits", ["from \(habits.source), level \(habits.level), \(habits.points) points"] + rows)
    if let problem = habits.problem { print("   ! \(problem)") }
}

let world = try await World.find()
let user = "demo-\(UUID().uuidString)"
let folder = FileManager.default.temporaryDirectory.appendingPathComponent(user, isDirectory: true)
try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
_ = try await World.makeStore("\(user).store", completions: 400, damaged: 0.02)
let token = try await World.token(of: user)

var configuration = try Rehome.Configuration.habits(
    store: try World.folder().appendingPathComponent("\(user).store"), folder: folder.appendingPathComponent("rehome"),
    project: world.project, user: user, idToken: { _ in token })
configuration.emulator = world.firestore
let flagsFile = folder.appendingPathComponent("flags.json")
configuration.flagsFile = flagsFile

let rehome = try Rehome.configure(configuration)
let (migration, old) = (try rehome.migration(), NotedWrites())
let habits = HabitsModel(HabitStore(rehome, user: user, old: old))
let moving = MigrationModel(migration)
let developer = DeveloperModel(migration, flagsFile: flagsFile)
let flags = FlagsModel(rehome.flags, user: user)

await habits.load()
show(habits)
developer.setAllowed(false)
await moving.run()
show("Migration", [moving.headline])
await developer.rehearse()
show("Developer: rehearse", [developer.report])
developer.setAllowed(true)
await moving.run()
show(
    "Migration",
    [moving.headline, "\(Int(moving.fraction * 100)) %"]
        + moving.leftBehind.map { "left behind: \($0.what): \($0.why)" })
await developer.verify()
show("Developer: verify", [developer.report])
await flags.load()
await flags.explain("backfillRolloutPercentage")
show("Flags", flags.lines.map { "\($0.name) = \($0.value) (\($0.source))" } + [flags.explanation])
if let first = habits.rows.first {
    await habits.complete(first, at: Date())
    show("Completed \(first.title)", ["\(await old.count) write to the old store; the next run carries it"])
}
try await rehome.flags.force(.atStage(stage: .complete), for: .user(user), because: "the demo shows the cut-over")
await habits.load()
show(habits)
await developer.rollBack(dryRun: true)
show("Developer: roll back, dry run", [developer.report])
FeatureFlags.logCurrentStatus()
await Rehome.closeShared()
try FileManager.default.removeItem(at: folder)

/// The user's habits, read from whichever side the route says.
import Foundation
import Rehome

/// The user's habits, completions and points. Reads go through Rehome; writes go to the old store as long as that is read,
/// and the next run carries them.
public actor HabitStore {
    private let rehome: Rehome
    private let old: any OldStore
    public let user: String
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    public init(_ rehome: Rehome, user: String, old: any OldStore) {
        (self.rehome, self.user, self.old) = (rehome, user, old)
    }

    /// Habits in the order in which the user has them, without those that were put away.
    public func habits() async throws -> [Document<Habit>] {
        let all = try await documents.all(path("habits"), as: Habit.self)
        return all.filter { !$0.data.isArchived }.sorted { ($0.data.sortIndex, $0.id) < ($1.data.sortIndex, $1.id) }
    }

    /// How often each habit was done, by its path.
    public func completions() async throws -> [String: Int] {
        var counts: [String: Int] = [:]
        for try await page in documents.list(path("completions"), as: Completion.self) {
            for case let habit? in page.filter({ !$0.data.isSkipped }).map(\.data.habit) {
                counts[habit, default: 0] += 1
            }
        }
        return counts
    }

    /// All that the user has earned.
    public func experience() async throws -> Experience {
        let all = try await documents.all(path("xp"), as: Experience.self).map(\.data)
        return Experience(
            totalPoints: all.map(\.totalPoints).reduce(0, +), level: all.map(\.level).max() ?? 1)
    }

    /// From where the user's habits are read.
    public func side() async throws -> StoreSide {
        try await rehome.flags.route(for: user).readsFirst
    }

    /// Adds a habit.
    public func add(_ title: String, at moment: Date) async throws {
        try await whileOldIsRead { [old] in try await old.add(title, at: moment) }
    }

    /// Notes that a habit was done.
    public func complete(_ habit: Document<Habit>, at moment: Date) async throws {
        try await whileOldIsRead { [old] in try await old.complete(habit: habit.id, at: moment) }
    }

    /// Carries what was written since the last run, while nobody writes, and has the cloud read if all of it came there. In
    /// an app that is out there the flags in Remote Config say so.
    public func cutOver() async throws -> MigrationOutcome {
        try await alone { [rehome, user] in
            let delta = try await rehome.migration(of: user).runIfNeeded()
            if delta.ending == .complete {
                try await rehome.flags.force(.atStage(stage: .complete), for: .user(user), because: why)
            }
            return delta
        }
    }

    /// Has the old store read again, before anything is taken back from the cloud.
    public func goBack() async throws {
        try await alone { [rehome, user] in
            try await rehome.flags.force(.atStage(stage: .off), for: .user(user), because: why)
        }
    }

    /// Writes to the old store, if that is the one that is read: afterwards nobody would see what is written there.
    private func whileOldIsRead(_ write: @Sendable () async throws -> Void) async throws {
        try await alone { [rehome, user] in
            guard try await rehome.flags.route(for: user).readsFirst == .old else { throw NotWritten.afterCutOver }
            try await write()
        }
    }

    /// One after the other: who writes, and who changes what is read.
    private func alone<Answer: Sendable>(_ work: @Sendable () async throws -> Answer) async throws -> Answer {
        while isTaken { await withCheckedContinuation { waiting.append($0) } }
        isTaken = true
        defer {
            isTaken = false
            for next in waiting { next.resume() }
            waiting = []
        }
        return try await work()
    }

    private var documents: Documents { rehome.documents(of: user) }

    private func path(_ collection: String) -> String { "users/\(user)/\(collection)" }
}

private let why = "the developer's menu"

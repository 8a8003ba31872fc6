/// The user's habits, read from whichever side the route says.
import Foundation
import Rehome

/// The user's habits, completions and points. Reads go through Rehome; writes go to the old store as long as that is read,
/// and the next run carries them.
public actor HabitStore {
    private let rehome: Rehome
    private let old: any OldStore
    public let user: String

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

    /// Notes that a habit was done.
    public func complete(_ habit: Document<Habit>, at moment: Date) async throws {
        guard try await rehome.flags.route(for: user).writesFirst == .old else { throw NotWritten.afterCutOver }
        try await old.complete(habit: habit.id, at: moment)
    }

    private var documents: Documents { rehome.documents(of: user) }

    private func path(_ collection: String) -> String { "users/\(user)/\(collection)" }
}

import Foundation
import HabitTracker

/// Stands for SwiftData, which is on Apple's systems alone: another process writes to the store what SwiftData would.
struct WorldStore: OldStore {
    let file: String

    func add(_ title: String, at moment: Date) async throws {
        try await World.addHabit(file, title, at: moment)
    }

    func complete(habit id: String, at moment: Date) async throws {
        try await World.complete(file, habit: id, at: moment)
    }
}

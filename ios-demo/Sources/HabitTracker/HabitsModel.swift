/// The screen with the habits.
import Foundation
import Rehome

#if canImport(SwiftUI)
    import Observation
#endif

#if canImport(SwiftUI)
    @Observable
#endif
@MainActor public final class HabitsModel {
    public struct Row: Identifiable, Sendable, Equatable {
        public let id: String
        public let title: String
        public let streak: Int
        public let done: Int
    }

    public private(set) var rows: [Row] = []
    public private(set) var points = 0
    public private(set) var level = 1
    public private(set) var source = ""
    public private(set) var problem: String?

    private let store: HabitStore
    private var documents: [String: Document<Habit>] = [:]

    public init(_ store: HabitStore) {
        self.store = store
    }

    public func load() async {
        do {
            let (habits, done) = (try await store.habits(), try await store.completions())
            rows = habits.map {
                Row(id: $0.path, title: $0.data.title, streak: $0.data.streak?.current ?? 0, done: done[$0.path] ?? 0)
            }
            documents = Dictionary(habits.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
            let experience = try await store.experience()
            (points, level) = (experience.totalPoints, experience.level)
            source = try await store.side() == .old ? "this phone" : "the cloud"
            problem = nil
        } catch {
            problem = error.localizedDescription
        }
    }

    public func add(_ title: String, at moment: Date) async {
        await write { try await $0.add(title, at: moment) }
    }

    public func complete(_ row: Row, at moment: Date) async {
        guard let habit = documents[row.id] else { return }
        await write { try await $0.complete(habit, at: moment) }
    }

    private func write(_ work: (HabitStore) async throws -> Void) async {
        do {
            try await work(store)
            await load()
        } catch { problem = error.localizedDescription }
    }
}

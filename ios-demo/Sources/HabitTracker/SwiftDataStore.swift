#if canImport(SwiftData)
    import Foundation
    import SwiftData

    /// The models that the app has had all along; `cli/src/habits.toml` is the plan for them.
    public enum HabitSchema {
        public enum Frequency: String, Codable { case daily, weekly, custom }
        public enum Mood: String, Codable { case good, fair, poor }
        public enum EventKind: String, Codable { case completion, bonus }

        public struct Schedule: Codable {
            public var daysOfWeek: [Int]
            public var reminders: [String]
            public var timesPerDay: Int
        }

        @Model public final class Habit {
            public var id = UUID()
            public var title: String
            public var details: String?
            public var colorHex: String
            @Attribute(.externalStorage) public var iconData: Data?
            public var frequency = Frequency.daily
            public var schedule: Schedule?
            public var targetAmount: Decimal?
            public var link: URL?
            public var tags: [String]?
            public var isArchived = false
            public var sortIndex: Int
            public var createdAt = Date.now
            public var archivedAt: Date?
            @Relationship(deleteRule: .cascade, inverse: \Completion.habit) public var completions: [Completion] = []
            @Relationship(deleteRule: .cascade, inverse: \Streak.habit) public var streak: Streak?
            @Relationship(inverse: \UserProfile.sharedHabits) public var buddies: [UserProfile] = []
            public var owner: UserProfile?

            public init(title: String, colorHex: String, sortIndex: Int) {
                (self.title, self.colorHex, self.sortIndex) = (title, colorHex, sortIndex)
            }
        }

        @Model public final class Completion {
            public var id = UUID()
            public var completedAt: Date
            public var day: Date
            public var amount: Double?
            public var isSkipped = false
            public var note: String?
            public var mood: Mood?
            public var tags: [String]?
            public var createdAt: Date
            public var updatedAt: Date?
            public var habit: Habit?
            public var xpEvent: XPEvent?

            public init(of habit: Habit, at moment: Date) {
                (completedAt, day) = (moment, Calendar.current.startOfDay(for: moment))
                (createdAt, updatedAt, self.habit) = (moment, moment, habit)
            }
        }

        @Model public final class Streak {
            public var id = UUID()
            public var current: Int
            public var longest: Int
            public var freezes: Int16 = 0
            public var lastDay: Date?
            public var habit: Habit?

            public init(current: Int, longest: Int) {
                (self.current, self.longest) = (current, longest)
            }
        }

        @Model public final class UserProfile {
            public var id = UUID()
            public var displayName: String?
            public var timeZone = TimeZone.current.identifier
            public var isPro = false
            public var createdAt = Date.now
            @Relationship(deleteRule: .cascade, inverse: \Habit.owner) public var habits: [Habit] = []
            @Relationship(deleteRule: .cascade, inverse: \XPState.user) public var xpState: XPState?
            public var sharedHabits: [Habit] = []

            public init(displayName: String?) {
                self.displayName = displayName
            }
        }

        @Model public final class XPEvent {
            public var id = UUID()
            public var kind: EventKind
            public var points: Int
            public var occurredAt: Date
            public var reason: String?
            public var metadata: Data?
            @Relationship(inverse: \Completion.xpEvent) public var completion: Completion?
            public var state: XPState?

            public init(_ kind: EventKind, points: Int, at moment: Date) {
                (self.kind, self.points, occurredAt) = (kind, points, moment)
            }
        }

        @Model public final class XPState {
            public var id = UUID()
            public var totalPoints: Int
            public var level: Int
            public var updatedAt = Date.now
            public var user: UserProfile?
            @Relationship(deleteRule: .cascade, inverse: \XPEvent.state) public var events: [XPEvent] = []

            public init(totalPoints: Int, level: Int) {
                (self.totalPoints, self.level) = (totalPoints, level)
            }
        }

        public static let models: [any PersistentModel.Type] = [
            Habit.self, Completion.self, Streak.self, UserProfile.self, XPEvent.self, XPState.self,
        ]
    }

    /// The app's own store, through its own container.
    @ModelActor public actor SwiftDataStore: OldStore {
        /// What doing a habit once earns.
        private static let points = 10

        public func add(_ title: String, at moment: Date) async throws {
            let count = try modelContext.fetchCount(FetchDescriptor<HabitSchema.Habit>())
            let habit = HabitSchema.Habit(title: title, colorHex: "#3366CC", sortIndex: count)
            modelContext.insert(habit)
            habit.createdAt = moment
            habit.owner = try modelContext.fetch(FetchDescriptor<HabitSchema.UserProfile>()).first
            habit.streak = HabitSchema.Streak(current: 0, longest: 0)
            try modelContext.save()
        }

        public func complete(habit id: String, at moment: Date) async throws {
            guard let id = UUID(uuidString: id) else { return }
            let wanted = FetchDescriptor<HabitSchema.Habit>(predicate: #Predicate { $0.id == id })
            guard let habit = try modelContext.fetch(wanted).first else { return }
            let completion = HabitSchema.Completion(of: habit, at: moment)
            let earned = HabitSchema.XPEvent(.completion, points: Self.points, at: moment)
            modelContext.insert(completion)
            modelContext.insert(earned)
            completion.xpEvent = earned
            if let state = habit.owner?.xpState {
                earned.state = state
                state.totalPoints += Self.points
                state.updatedAt = moment
            }
            habit.streak?.goOn(on: completion.day)
            try modelContext.save()
        }
    }

    extension HabitSchema.Streak {
        fileprivate func goOn(on day: Date) {
            guard day != lastDay else { return }
            let isNext = lastDay.flatMap { Calendar.current.date(byAdding: .day, value: 1, to: $0) } == day
            (current, lastDay) = (isNext ? current + 1 : 1, day)
            longest = max(longest, current)
        }
    }
#endif

/// What the screens show, as the plan makes it of the app's records.
import Foundation

/// A habit with its streak.
public struct Habit: Codable, Sendable, Equatable {
    public let title: String
    public let color: String
    public let isArchived: Bool
    public let sortIndex: Int
    public let streak: Streak?
}

/// How long a habit has been kept.
public struct Streak: Codable, Sendable, Equatable {
    public let current: Int
    public let longest: Int
}

/// That a habit was done.
public struct Completion: Codable, Sendable, Equatable {
    public let habit: String?
    public let completedAt: Date
    public let isSkipped: Bool
}

/// What it earned.
public struct Experience: Codable, Sendable, Equatable {
    public let totalPoints: Int
    public let level: Int
}

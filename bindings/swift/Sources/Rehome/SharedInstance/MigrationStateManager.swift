/// How migrations of the instance that ``Rehome/configure(_:)`` opened stand.
import Foundation

/// How migrations of the shared instance stand on this device.
///
/// ```swift
/// let state = try await MigrationStateManager().getCurrentState(for: userId)
/// if state.isStuck { await BackfillJob.createWithSwiftDataLoader().forceRunMigration(for: userId) }
/// ```
public struct MigrationStateManager: Sendable {
    public init() {}

    /// How the migration of a user's records stands.
    public func getCurrentState(for user: String) async throws -> CurrentMigrationState {
        CurrentMigrationState(try await Rehome.configured().migration(of: user).state())
    }
}

/// How a migration stands.
public struct CurrentMigrationState: Sendable, Equatable {
    /// How it stands.
    public let status: MigrationStatus
    /// When it began; in the distant future where it has not.
    public let startedAt: Date
    /// Whether a run was begun that nobody has heard of for a while. One that is merely long is not stuck, and it does no
    /// harm to force it: it goes on as it is.
    public var isStuck: Bool { whole.isStuck }
    /// All that is known.
    public let whole: MigrationState

    init(_ whole: MigrationState) {
        (self.whole, status, startedAt) = (whole, whole.status, whole.startedAt ?? .distantFuture)
    }
}

/// What the migration of the shared instance's user has come to.
public struct MigrationTelemetryService: Sendable {
    public static let shared = MigrationTelemetryService()

    /// What it has come to on this device, at once; none where nobody is signed in, or the journal cannot be read.
    ///
    /// ```swift
    /// let stats = MigrationTelemetryService.shared.getMigrationStats()
    /// ```
    public func getMigrationStats() -> MigrationStatistics? {
        try? Rehome.configured().handle.migration().statisticsNow()
    }
}

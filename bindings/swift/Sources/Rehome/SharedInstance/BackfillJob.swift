/// The migration of the instance that ``Rehome/configure(_:)`` opened, without errors to handle.

/// Runs migrations of the shared instance. What goes wrong is in the result, and in the log.
///
/// ```swift
/// await BackfillJob.runIfNeeded(userId)
/// await BackfillJob.createWithSwiftDataLoader().forceRunMigration(for: userId)
/// ```
public struct BackfillJob: Sendable {
    /// One that reads the SwiftData store of the shared instance.
    public static func createWithSwiftDataLoader() -> BackfillJob { BackfillJob() }

    /// Carries what there is to carry, if the flags let this user in. As ``Migration/runIfNeeded()``.
    @discardableResult
    public static func runIfNeeded(_ user: String) async -> Result<MigrationOutcome, any Error> {
        await createWithSwiftDataLoader().runIfNeeded(user)
    }

    /// Carries what there is to carry, if the flags let this user in. As ``Migration/runIfNeeded()``.
    @discardableResult
    public func runIfNeeded(_ user: String) async -> Result<MigrationOutcome, any Error> {
        await run(user) { try await $0.runIfNeeded() }
    }

    /// Carries whatever the percentages say, and takes over a run that is stuck. One that is merely long goes on. As
    /// ``Migration/forceRun()``.
    @discardableResult
    public func forceRunMigration(for user: String) async -> Result<MigrationOutcome, any Error> {
        await run(user) { try await $0.forceRun() }
    }

    private func run(
        _ user: String, _ start: (Migration) async throws -> MigrationOutcome
    ) async -> Result<MigrationOutcome, any Error> {
        do {
            return .success(try await start(try Rehome.configured().migration(of: user)))
        } catch {
            log("the migration did not run: \(error.localizedDescription)")
            return .failure(error)
        }
    }
}

/// The migration of one user's records.
import Foundation
import RehomeBindings

/// The migration of one user's records: run, stopped, gone on with. All of one user steer the same.
///
/// Cancelling the task that waits for a run cancels the run, which ends as soon as what is on its way is answered; its
/// outcome then says so. Cancelling a task that waits for a rehearsal, a verification or a rollback ends that, and throws
/// `CancellationError` once nothing of it goes on; so does a task that waits for anything else, at once.
public struct Migration: Sendable {
    private let handle: MigrationHandle

    init(_ handle: MigrationHandle) {
        self.handle = handle
    }

    /// Whose it is.
    public var owner: String { handle.owner() }

    /// Carries what there is to carry, if the flags let this user in: to be called at every launch. It asks the flags
    /// first, reads the store only if there is something to do, and goes on where the last run ended.
    ///
    /// ```swift
    /// let outcome = try await rehome.migration(of: userId).runIfNeeded()
    /// switch outcome.ending {
    /// case .complete, .closed: break
    /// case .waiting, .notQuiet, .later: scheduleAnotherRun()
    /// default: print(outcome.why ?? "\(outcome.ending)")
    /// }
    /// ```
    ///
    /// - Throws: ``RehomeError`` where it cannot go on until somebody has done something about it. What passes by itself is
    ///   no error.
    @discardableResult
    public func runIfNeeded() async throws -> MigrationOutcome {
        try await run { try await $0.runIfNeeded() }
    }

    /// The same from where the caller says.
    @discardableResult
    public func run(from start: MigrationStart) async throws -> MigrationOutcome {
        try await run { try await $0.runFrom(start: start) }
    }

    /// Carries whatever the percentages say, goes on where a run stood still, and takes over one that is stuck. A stop from
    /// afar is obeyed all the same.
    @discardableResult
    public func forceRun() async throws -> MigrationOutcome {
        try await run { try await $0.forceRun() }
    }

    /// Goes on where it was paused, or where it stands still until somebody has looked: somebody has.
    @discardableResult
    public func resume() async throws -> MigrationOutcome {
        try await run { try await $0.resume() }
    }

    /// How far a run is: the last state at once, and then a few a second while one goes. It ends when Rehome is closed.
    ///
    /// ```swift
    /// for await progress in migration.progress {
    ///     bar.fraction = progress.fraction
    /// }
    /// ```
    public var progress: ProgressSequence { ProgressSequence(handle) }

    /// Stops, and stays stopped across launches until ``resume()``.
    public func pause() { handle.pause() }

    /// Stops a run as soon as what is on its way is answered, and whatever else nobody may do beside one.
    public func cancel() { handle.cancel() }

    /// Stops at once, for an app that is about to be put to sleep, and waits until everything is on disk and no lock is
    /// held.
    public func suspend() async { await handle.suspend() }

    /// How it stands on this device. Nobody is asked.
    public func state() async throws -> MigrationState {
        try await reading { [handle] in try await handle.state() }
    }

    /// What it has come to on this device. Nobody is asked.
    public func statistics() async throws -> MigrationStatistics {
        try await reading { [handle] in try await handle.statistics() }
    }

    /// Reads and maps everything and sends nothing: what each record would become, and which cannot be moved.
    public func rehearse() async throws -> Rehearsal {
        try await working { try await handle.rehearse(cancelling: $0) }
    }

    /// Reads everything again and holds it against what is in Firestore: all of it, or so many documents of a hundred.
    ///
    /// - Parameter repairs: creates what is missing and replaces what is older. Nothing newer is written over.
    public func verify(samplePercent: UInt8? = nil, repairs: Bool = false) async throws -> Verification {
        try await working {
            try await handle.verify(samplePercent: samplePercent, repairs: repairs, cancelling: $0)
        }
    }

    /// Deletes from Firestore what this migration wrote and nobody has changed since; in a dry run says what would be.
    public func rollBack(dryRun: Bool) async throws -> RollbackReport {
        try await working { try await handle.rollBack(isDryRun: dryRun, cancelling: $0) }
    }

    /// Ends a complete migration: later runs carry nothing any more.
    public func seal() async throws {
        try await reading { [handle] in try await handle.seal() }
    }

    /// What is set aside, at most `limit` after the one of that number.
    public func setAside(after number: UInt64 = 0, limit: UInt32 = 100) async throws -> [SetAsideRecord] {
        try await reading { [handle] in try await handle.setAside(after: number, limit: limit) }
    }

    /// The documents of one that is set aside which Firestore refused, where there are some.
    public func refused(_ record: SetAsideRecord) async throws -> [RefusedDocument] {
        try await reading { [handle] in try await handle.refused(number: record.number) }
    }

    /// Forgets some of what is set aside: the next run that reads those records decides anew.
    public func drop(_ records: [SetAsideRecord]) async throws {
        try await reading { [handle] in try await handle.dropSetAside(numbers: records.map(\.number)) }
    }

    private func run(
        _ start: @escaping @Sendable (MigrationHandle) async throws -> MigrationOutcome
    ) async throws -> MigrationOutcome {
        try await running(cancel: { [handle] in handle.cancel() }, { [handle] in try await start(handle) })
    }
}

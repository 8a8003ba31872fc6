/// The flags, and who is in.
import Foundation
import RehomeBindings

/// The flags. What is asked is answered by what is known on this device; only ``refresh()`` and the fetches ask somebody.
///
/// ```swift
/// let flags = rehome.flags
/// if try await flags.shouldEnableBackfill(for: userId) { showMigrationScreen() }
/// print(try await flags.explain("backfillEnabled", for: userId).text)
/// ```
public struct Flags: Sendable {
    private let handle: FlagsHandle

    init(_ handle: FlagsHandle) {
        self.handle = handle
    }

    /// Whether a user's records are carried.
    public func shouldEnableBackfill(for user: String) async throws -> Bool {
        try await reading { [handle] in try await handle.shouldEnableBackfill(owner: user) }
    }

    /// Who is read and written for a user.
    public func route(for user: String) async throws -> UserRoute {
        try await reading { [handle] in try await handle.route(owner: user) }
    }

    /// What a flag is for a user, and why.
    public func explain(_ flag: String, for user: String) async throws -> FlagExplanation {
        try await reading { [handle] in try await handle.explain(flag: flag, owner: user) }
    }

    /// Every flag as it is now.
    public func status() async throws -> FlagsStatus {
        try await reading { [handle] in try await handle.migrationStatus() }
    }

    /// Asks Remote Config unless it was asked lately, and puts in force what it says. Answers whether anything changed.
    @discardableResult
    public func fetchAndActivate() async throws -> Bool {
        try await reading { [handle] in try await handle.fetchAndActivate() }
    }

    /// The same where what was fetched is older than so many seconds.
    @discardableResult
    public func fetchAndActivate(olderThan age: TimeInterval) async throws -> Bool {
        try await reading { [handle] in try await handle.fetchOlderThan(age: age) }
    }

    /// Asks everybody who says what flags are. From the next run on that counts.
    public func refresh() async throws {
        try await reading { [handle] in try await handle.refresh() }
    }

    /// Forces something for a user or a device from the next run on, and across launches. A stop is obeyed all the same.
    ///
    /// - Parameter reason: what an explanation of a flag will say of it.
    public func force(_ what: ForcedRollout, for whom: Whom, because reason: String, until: Date? = nil) async throws {
        try await reading { [handle] in
            switch whom {
            case .user(let user): try await handle.forceUser(user: user, force: what, reason: reason, until: until)
            case .device(let installation):
                try await handle.forceDevice(installation: installation, force: what, reason: reason, until: until)
            }
        }
    }

    /// Takes back what was forced.
    public func lift(for whom: Whom) async throws {
        try await reading { [handle] in
            switch whom {
            case .user(let user): try await handle.liftUser(user: user)
            case .device(let installation): try await handle.liftDevice(installation: installation)
            }
        }
    }

    /// For whom something is forced.
    public enum Whom: Sendable, Hashable {
        /// A user, by their id.
        case user(String)
        /// A device, by its ``Rehome/installation``.
        case device(String)
    }
}

/// What an app opens once.
import Foundation
import RehomeBindings

/// Rehome, opened for an app: moves a user's records from the store that the app has to Firestore.
///
/// Opening asks nobody, reads no store and takes milliseconds. When nothing refers to it any more, or it was closed,
/// nothing of it goes on.
///
/// ```swift
/// let rehome = try Rehome(configuration)
/// let migration = try rehome.migration(of: userId)
/// let outcome = try await migration.runIfNeeded()
/// if outcome.ending == .complete { print("\(outcome.counters.created) documents") }
/// ```
public final class Rehome: Sendable {
    let handle: RehomeHandle
    private let broadcast: Broadcast

    /// Opens Rehome's own folder.
    ///
    /// - Throws: ``RehomeError`` where a plan cannot be read, or the folder cannot be written to.
    public init(_ configuration: Configuration) throws {
        let broadcast = Broadcast()
        handle = try crossing {
            try RehomeHandle.open(
                configuration: configuration.crossing, tokens: AskedForTokens(configuration),
                copies: AskedForCopies(configuration.store),
                device: configuration.deviceConditions.map(AskedForConditions.init), events: broadcast,
                uploads: configuration.upload.map(AskedToUpload.init))
        }
        self.broadcast = broadcast
        configuration.folder.takeOutOfBackups()
    }

    deinit {
        broadcast.end()
    }

    /// The id of this copy of the app on this device.
    public var installation: String { handle.installation() }

    /// The id of the installation that this is a copy of, if it is: a backup that was restored, a phone that was cloned.
    public var copiedFrom: String? { handle.copiedFrom() }

    /// Where the journal lies now that was found damaged when this was opened, if it was.
    public var journalPutAside: URL? { handle.journalPutAside().map { URL(fileURLWithPath: $0) } }

    /// What happens, a few times a second at most. No value of a user's record is in it. Each stream tells everything from
    /// when it is made; the first one also what happened before.
    ///
    /// ```swift
    /// for await event in rehome.events {
    ///     if case .runFailed(_, let why) = event.what { log(why) }
    /// }
    /// ```
    public var events: AsyncStream<RehomeEvent> { broadcast.listen() }

    /// The migration of a user's records; of the user whom the configuration names, where nobody is named here.
    ///
    /// - Throws: ``RehomeError/notSignedIn(why:)`` where nobody is named at all.
    public func migration(of owner: String? = nil) throws -> Migration {
        Migration(try crossing { try handle.migration(owner: owner) })
    }

    /// The flags, and who is in.
    public var flags: Flags { Flags(handle.flags()) }

    /// A user's documents, from whichever side the route says.
    public func documents(of owner: String) -> Documents {
        Documents(handle.documents(owner: owner))
    }

    /// Lets a user who signs in keep what they had taken as an anonymous one. To be told before anything is asked for
    /// under their own name.
    public func signIn(anonymous: String, as user: String) async throws {
        try await reading { [handle] in try await handle.signIn(anonymous: anonymous, user: user) }
    }

    /// Ends what is under way for a user who signs out, and forgets what is kept of their records. The store stays theirs:
    /// nobody else who signs in can move what is in it.
    ///
    /// - Throws: ``RehomeError/notAllowed(why:)`` where records are set aside that would be forgotten.
    public func signOut(_ owner: String, _ choice: SignOutChoice = .keepWhatIsSetAside) async throws {
        try await reading { [handle] in try await handle.signOut(owner: owner, what: choice) }
    }

    /// Ends what is under way for a user whose account is deleted, and forgets everything of theirs for good.
    public func deleteAccount(_ owner: String) async throws {
        try await reading { [handle] in try await handle.deleteAccount(owner: owner) }
    }

    /// Gives the store as it is now to whoever is carried next.
    public func giveTheStoreAway() async throws {
        try await reading { [handle] in try await handle.giveTheStoreAway() }
    }

    /// Ends everything and waits until it has ended. What is asked afterwards is refused.
    public func close() async {
        await handle.close()
        broadcast.end()
    }
}

extension URL {
    /// What Rehome knows is true of this device alone.
    fileprivate func takeOutOfBackups() {
        #if canImport(Darwin)
            var (folder, values) = (self, URLResourceValues())
            values.isExcludedFromBackup = true
            // A folder that is backed up all the same is found to be a copy when it comes back.
            try? folder.setResourceValues(values)
        #endif
    }
}

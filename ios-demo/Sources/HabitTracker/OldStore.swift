/// The store that the app has had all along.
import Foundation

/// Writes to the store that the app has had all along. On a phone that is SwiftData.
public protocol OldStore: Sendable {
    /// Adds a habit whose streak has not begun.
    func add(_ title: String, at moment: Date) async throws

    /// Notes that a habit was done, with what that earns and what its streak is now. Its id is what is behind the last
    /// slash of its path.
    func complete(habit id: String, at moment: Date) async throws
}

/// Why something is not written.
public enum NotWritten: Error, Equatable, LocalizedError {
    /// Firestore is read for this user already; what writes there comes with the live repository.
    case afterCutOver

    public var errorDescription: String? {
        "your data has moved, and this version of the app cannot write there yet: please update"
    }
}

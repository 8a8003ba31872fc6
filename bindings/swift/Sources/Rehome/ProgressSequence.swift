/// How far a run is, as a sequence.
import RehomeBindings

/// How far a run is: the last state at once, and then a few a second while one goes. Nobody is called who does not ask, and
/// a slow screen misses what was in between and nothing else.
public struct ProgressSequence: AsyncSequence, Sendable {
    public typealias Element = MigrationProgress

    private let migration: MigrationHandle

    init(_ migration: MigrationHandle) {
        self.migration = migration
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(handle: migration.progress())
    }

    /// One who watches.
    public struct Iterator: AsyncIteratorProtocol {
        let handle: ProgressHandle

        /// The next state; none once everything was closed, or the task was cancelled.
        public mutating func next() async -> MigrationProgress? {
            let asked = handle
            return try? await reading { await asked.next() }
        }
    }
}

extension MigrationProgress {
    /// How much of the records that are expected was accounted for, from 0 to 1; none where nobody knows how many there
    /// are.
    public var fraction: Double? {
        guard let expected, expected > 0 else { return nil }
        return min(1, Double(counters.read) / Double(expected))
    }
}

/// The screen with the move to the cloud.
import Rehome

#if canImport(SwiftUI)
    import Observation
#endif

#if canImport(SwiftUI)
    @Observable
#endif
@MainActor public final class MigrationModel {
    /// Something that could not be moved, and why.
    public struct LeftBehind: Identifiable, Sendable, Equatable {
        public let id: UInt64
        public let what: String
        public let why: String
    }

    public private(set) var headline = "Not begun"
    public private(set) var fraction: Double = 0
    public private(set) var left: String?
    public private(set) var leftBehind: [LeftBehind] = []
    public private(set) var isRunning = false

    private let migration: Migration

    public init(_ migration: Migration) {
        self.migration = migration
    }

    /// To be called at launch: carries what there is to carry, and shows how far it is.
    public func run() async {
        isRunning = true
        let watching = Task { for await progress in migration.progress { show(progress) } }
        do { show(try await migration.runIfNeeded()) } catch { headline = error.localizedDescription }
        watching.cancel()
        isRunning = false
        await showWhatIsLeftBehind()
    }

    public func pause() { migration.pause() }

    public func resume() async {
        do { show(try await migration.resume()) } catch { headline = error.localizedDescription }
        await showWhatIsLeftBehind()
    }

    private func show(_ progress: MigrationProgress) {
        fraction = progress.fraction ?? fraction
        left = progress.left.map { "about \(Int($0.rounded(.up))) seconds left" }
        if progress.phase == .carrying || progress.phase == .catchingUp {
            headline = "Moving: \(progress.counters.carried) records"
        }
    }

    private func show(_ outcome: MigrationOutcome) {
        left = nil
        headline =
            switch outcome.ending {
            case .complete, .closed: moved(outcome.counters)
            case .outside: "It is not your turn yet"
            case .paused: "Paused"
            case .alreadyRunning: "Moving"
            default: "Will go on later" + (outcome.why.map { ": \($0)" } ?? "")
            }
        if outcome.ending == .complete { fraction = 1 }
    }

    private func moved(_ counters: MigrationCounters) -> String {
        counters.quarantined == 0
            ? "Everything has moved: \(counters.carried) records"
            : "\(counters.carried) records have moved, \(counters.quarantined) could not be"
    }

    private func showWhatIsLeftBehind() async {
        let all = (try? await migration.setAside()) ?? []
        leftBehind = all.map {
            LeftBehind(id: $0.number, what: "\($0.entity) \($0.key)", why: "\($0.reason): \($0.detail)")
        }
    }
}

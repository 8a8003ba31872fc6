/// The developer's menu: what is tried before a release, and in an emergency.
import Foundation
import Rehome

#if canImport(SwiftUI)
    import Observation
#endif

#if canImport(SwiftUI)
    @Observable
#endif
@MainActor public final class DeveloperModel {
    public private(set) var report = ""

    private let migration: Migration
    private let habits: HabitStore
    private let flagsFile: URL

    public init(_ migration: Migration, _ habits: HabitStore, flagsFile: URL) {
        (self.migration, self.habits, self.flagsFile) = (migration, habits, flagsFile)
    }

    public func rehearse() async {
        await tell {
            let found = try await $0.rehearse()
            let documents = found.documents.values.reduce(0, +)
            return "\(found.read) records would become \(documents) documents, \(found.quarantined) cannot be moved"
        }
    }

    public func verify() async {
        await tell {
            let found = try await $0.verify()
            let verdict = found.verified ? "verified" : "not verified"
            return "\(verdict): \(found.same) the same, \(found.missing) missing, \(found.different) different"
        }
    }

    /// Carries what was written last, and has the cloud read from then on if all of it came there.
    public func cutOver() async {
        await tell { [habits] _ in
            let last = try await habits.cutOver()
            if last.ending == .complete { return "the cloud is read from now on" }
            return "this phone is read as before: \(last.why ?? "\(last.ending)")"
        }
    }

    public func rollBack(dryRun: Bool) async {
        await tell { [habits] in
            if !dryRun { try await habits.goBack() }
            let found = try await $0.rollBack(dryRun: dryRun)
            return "\(found.deleted) documents \(dryRun ? "would be" : "were") deleted, \(found.left) left as they are"
        }
    }

    /// Lets everybody in on this phone, or stops everything, by the file with flags for development.
    public func setAllowed(_ isAllowed: Bool) {
        let flags = #"{"backfillEnabled": \#(isAllowed), "backfillRolloutPercentage": 100}"#
        do {
            try Data(flags.utf8).write(to: flagsFile, options: .atomic)
            report = isAllowed ? "the migration may run" : "the migration is stopped"
        } catch {
            report = error.localizedDescription
        }
    }

    private func tell(_ work: (Migration) async throws -> String) async {
        do { report = try await work(migration) } catch { report = error.localizedDescription }
    }
}

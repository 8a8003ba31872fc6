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
    private let flagsFile: URL

    public init(_ migration: Migration, flagsFile: URL) {
        (self.migration, self.flagsFile) = (migration, flagsFile)
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

    public func rollBack(dryRun: Bool) async {
        await tell {
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

/// The flags of the instance that ``Rehome/configure(_:)`` opened, at once and without errors.
import Foundation
import RehomeBindings

#if canImport(os)
    import os
#endif

/// The flags of the shared instance, for code that cannot wait. Each answers by what is on this device, which takes well
/// under a millisecond; where that is not possible, nobody is in. Other code asks ``Rehome/flags``.
///
/// ```swift
/// let status = FeatureFlags.getMigrationStatus()
/// print("Dual write enabled: \(status.dualWriteEnabled)")
/// if FeatureFlags.shouldEnableBackfill(for: userId) { await BackfillJob.runIfNeeded(userId) }
/// ```
public enum FeatureFlags {
    /// Whether a user's records are carried.
    public static func shouldEnableBackfill(for user: String) -> Bool {
        (try? Rehome.configured().handle.flags().shouldEnableBackfillNow(owner: user)) ?? false
    }

    /// Every flag as it is now. Where nobody can say, everything is off and a remark says why.
    public static func getMigrationStatus() -> FlagsStatus {
        do {
            let rehome = try Rehome.configured()
            return try crossing { try rehome.handle.flags().migrationStatusNow() }
        } catch {
            return .unknown(error.why)
        }
    }

    /// Writes every flag to the log. No user is named.
    public static func logCurrentStatus() {
        log(getMigrationStatus().text)
    }
}

extension FlagsStatus {
    fileprivate static func unknown(_ why: String) -> Self {
        Self(
            dualWriteEnabled: false, backfillEnabled: false, backfillRolloutPercentage: 0, readRolloutPercentage: 0,
            legacyReadFallbackEnabled: true, forceMigrationComplete: false, stage: nil, flags: [], remarks: [why],
            text: "the flags are not known: \(why)")
    }
}

/// Writes something to the log that names no user.
func log(_ text: String) {
    #if canImport(os)
        Logger(subsystem: "dev.rehome", category: "migration").notice("\(text, privacy: .public)")
    #else
        print(text)
    #endif
}

import Foundation
import Testing

@testable import Rehome

/// The names of the habit app's own document, over the shared instance. There is one of it, so this is one test.
@Test func aHabitAppsOwnExamplesCompileAsTheyStandAndDoWhatTheySay() async throws {
    #expect(!FeatureFlags.shouldEnableBackfill(for: "ann"), "nobody has configured anything")
    #expect(FeatureFlags.getMigrationStatus().text.contains("Rehome.configure"))
    #expect(MigrationTelemetryService.shared.getMigrationStats() == nil)

    let phone = try await Phone()
    let userId = phone.user
    try Rehome.configure(try await phone.configuration())

    // Check current flags
    let status = FeatureFlags.getMigrationStatus()
    print("Dual write enabled: \(status.dualWriteEnabled)")
    #expect(status.backfillEnabled)

    // Check if user should be migrated
    if FeatureFlags.shouldEnableBackfill(for: userId) {
        await BackfillJob.runIfNeeded(userId)
    }

    // Manual migration trigger
    await BackfillJob.createWithSwiftDataLoader().forceRunMigration(for: userId)

    do {
        // Check migration status
        let state = try await MigrationStateManager().getCurrentState(for: userId)
        print("Migration status: \(state.status)")
        #expect(state.status == .complete)
    }

    do {
        // Check migration state
        let state = try await MigrationStateManager().getCurrentState(for: userId)
        if state.status == .running && state.startedAt < Date().addingTimeInterval(-300) {
            // Migration running for > 5 minutes, may be stuck
            await BackfillJob.createWithSwiftDataLoader().forceRunMigration(for: userId)
        }
        #expect(!state.isStuck)
    }

    // View migration progress
    let stats = MigrationTelemetryService.shared.getMigrationStats()
    let there = try await phone.documents()
    #expect(stats?.carried.values.reduce(0, +) == UInt64(there))

    // Force refresh Remote Config
    await RemoteConfigService.shared.fetchAndActivate()

    // Check current flags
    FeatureFlags.logCurrentStatus()

    try phone.say(Phone.none)
    #expect(!FeatureFlags.shouldEnableBackfill(for: userId))
    await Rehome.closeShared()
    guard case .failure = await BackfillJob.runIfNeeded(userId) else {
        Issue.record("nothing runs when everything is closed")
        return
    }
}

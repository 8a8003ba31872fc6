/// What comes back of a migration, by the names that an app uses: values, which may be kept and handed on.
import RehomeBindings

/// What a run came to: why it ended, and what became of the records. Whatever it is, the same call goes on from there.
public typealias MigrationOutcome = RehomeBindings.Outcome
/// Why a run ended.
public typealias MigrationEnding = RehomeBindings.Ending
/// What became of the records so far.
public typealias MigrationCounters = RehomeBindings.Counters
/// How far a run is.
public typealias MigrationProgress = RehomeBindings.Progress
/// What a run is doing.
public typealias MigrationPhase = RehomeBindings.Phase
/// How a migration stands.
public typealias MigrationStatus = RehomeBindings.Status
/// How a migration stands on this device, and since when.
public typealias MigrationState = RehomeBindings.MigrationState
/// What a migration has come to on this device.
public typealias MigrationStatistics = RehomeBindings.MigrationStatistics
/// From where a run begins.
public typealias MigrationStart = RehomeBindings.Start
/// What a rehearsal found.
public typealias Rehearsal = RehomeBindings.Rehearsal
/// What a verification found.
public typealias Verification = RehomeBindings.Verification
/// Something that is not as the plan says.
public typealias VerificationDifference = RehomeBindings.VerificationDifference
/// What a rollback did, or would do.
public typealias RollbackReport = RehomeBindings.RollbackReport
/// A record that could not be moved: which, and why; never its values.
public typealias SetAsideRecord = RehomeBindings.SetAsideRecord
/// A document that Firestore refused, with the user's values.
public typealias RefusedDocument = RehomeBindings.RefusedDocument

/// Every flag as it is now.
public typealias FlagsStatus = RehomeBindings.FlagsStatus
/// One flag as it is now.
public typealias FlagLine = RehomeBindings.FlagLine
/// What a flag is for a user, and why.
public typealias FlagExplanation = RehomeBindings.FlagExplanation
/// Who says what flags are.
public typealias FlagChannel = RehomeBindings.FlagChannel
/// What is forced for one user or device.
public typealias ForcedRollout = RehomeBindings.Forced
/// How far a rollout is.
public typealias RolloutStage = RehomeBindings.Stage
/// Who is read and written for a user.
public typealias UserRoute = RehomeBindings.UserRoute
/// The app's own store, or Firestore.
public typealias StoreSide = RehomeBindings.Side

/// What happened, and when.
public typealias RehomeEvent = RehomeBindings.Happened
/// What happened: a closed set.
public typealias WhatHappened = RehomeBindings.WhatHappened
/// What is done with what is set aside when its user signs out.
public typealias SignOutChoice = RehomeBindings.SignOut
/// How the device is, as far as the app can tell.
public typealias DeviceConditions = RehomeBindings.DeviceConditions
/// How a run goes about its work.
public typealias RunTuning = RehomeBindings.RunTuning
/// The app as Remote Config knows it.
public typealias RemoteConfigApp = RehomeBindings.RemoteConfigApp

/// The place of a key in a rollout of a seed, in millionths of a percent, as Firebase's servers reckon it; none of an
/// empty key.
public func rolloutBucket(seed: String, key: String) -> UInt32? {
    RehomeBindings.rolloutBucket(seed: seed, key: key)
}

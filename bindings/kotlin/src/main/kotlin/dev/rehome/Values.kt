package dev.rehome

/** What a run came to. Whatever it is, what was answered is on disk, and the same call goes on from there. */
public typealias Outcome = dev.rehome.ffi.Outcome

/** Why a run ended. */
public typealias Ending = dev.rehome.ffi.Ending

/** How far a run is. */
public typealias Progress = dev.rehome.ffi.Progress

/** What a run is doing. */
public typealias Phase = dev.rehome.ffi.Phase

/** What became of records so far, in numbers. */
public typealias Counters = dev.rehome.ffi.Counters

/** How a migration stands on this device. */
public typealias MigrationState = dev.rehome.ffi.MigrationState

/** How far a migration has come. */
public typealias Status = dev.rehome.ffi.Status

/** From where a run goes on. */
public typealias Start = dev.rehome.ffi.Start

/** What a migration has come to. */
public typealias MigrationStatistics = dev.rehome.ffi.MigrationStatistics

/** A record that could not be moved: which, and why; never its values. */
public typealias SetAsideRecord = dev.rehome.ffi.SetAsideRecord

/** A document that Firestore refused, with the user's values. */
public typealias RefusedDocument = dev.rehome.ffi.RefusedDocument

/** What a rehearsal found. */
public typealias Rehearsal = dev.rehome.ffi.Rehearsal

/** What a verification found. */
public typealias Verification = dev.rehome.ffi.Verification

/** Something that is not as the plan says: which record, where, which fields; never values. */
public typealias VerificationDifference = dev.rehome.ffi.VerificationDifference

/** What a rollback did, or would do. */
public typealias RollbackReport = dev.rehome.ffi.RollbackReport

/** What is done with a user's records that could not be moved, when they sign out. */
public typealias SignOut = dev.rehome.ffi.SignOut

/** The old store or the new one. */
public typealias Side = dev.rehome.ffi.Side

/** A stage of the rollout. */
public typealias Stage = dev.rehome.ffi.Stage

/** Who is read and written for a user. */
public typealias UserRoute = dev.rehome.ffi.UserRoute

/** What a flag is for a user, and why. */
public typealias FlagExplanation = dev.rehome.ffi.FlagExplanation

/** One flag as it is now. */
public typealias FlagLine = dev.rehome.ffi.FlagLine

/** Every flag as it is now. */
public typealias FlagsStatus = dev.rehome.ffi.FlagsStatus

/** Who says what flags are. */
public typealias FlagChannel = dev.rehome.ffi.FlagChannel

/** How a run goes about its work. What is not said is as most apps want it. */
public typealias RunTuning = dev.rehome.ffi.RunTuning

/** The app as Remote Config knows it. */
public typealias RemoteConfigApp = dev.rehome.ffi.RemoteConfigApp

/** A plan's name and text. */
public typealias Plan = dev.rehome.ffi.PlanSource

/** By what right a user's documents are written. */
public typealias UserToken = dev.rehome.ffi.UserToken

/** How the device is, as far as the app can tell. */
public typealias DeviceConditions = dev.rehome.ffi.DeviceConditions

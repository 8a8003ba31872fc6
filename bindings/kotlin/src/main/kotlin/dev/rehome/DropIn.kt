package dev.rehome

import kotlinx.coroutines.CancellationException

/**
 * The flags of [DefaultRehome] at once and without errors, by names that an app may have for them already. Each answers by
 * what is on this device: the journal is read on the caller's thread, which takes well under a millisecond, and as long as
 * one commit of a page more while a run is under way. Where nobody can say, because it is not open yet for example, nobody
 * is in. Code that can wait asks [Rehome.flags].
 *
 * ```
 * val status = FeatureFlags.getMigrationStatus()
 * println("Dual write enabled: ${status.dualWriteEnabled}")
 * if (FeatureFlags.shouldEnableBackfill(userId)) scope.launch { BackfillJob.runIfNeeded(userId) }
 * ```
 */
public object FeatureFlags {
    /** Whether a user's records are carried. [BackfillJob.runIfNeeded] asks by itself. */
    public fun shouldEnableBackfill(userId: String): Boolean =
        now { ofFlags { it.shouldEnableBackfillNow(userId) } }.getOrDefault(false)

    /** Every flag as it is now. Where nobody can say, everything is off and a remark says why. */
    public fun getMigrationStatus(): FlagsStatus =
        now { ofFlags { it.migrationStatusNow() } }.getOrElse { unknown(it.message.orEmpty()) }

    /** Logs every flag as it is now. No user is named. */
    public fun logCurrentStatus(): Unit = log.info(getMigrationStatus().text)

    private fun unknown(why: String) =
        FlagsStatus(
            dualWriteEnabled = false,
            backfillEnabled = false,
            backfillRolloutPercentage = 0.0,
            readRolloutPercentage = 0.0,
            legacyReadFallbackEnabled = true,
            forceMigrationComplete = false,
            stage = null,
            flags = emptyList(),
            remarks = listOf(why),
            text = "the flags are not known: $why",
        )
}

/** The migration of [DefaultRehome]. It throws nothing: whatever went wrong is in the result. */
public object BackfillJob {
    /** Carries what there is to carry, if the flags let this user in: to be called at every launch. */
    public suspend fun runIfNeeded(userId: String): Result<Outcome> = caught { migration(userId).runIfNeeded() }

    /** Carries whatever the percentages say, and takes over a run that is stuck. */
    public suspend fun forceRunMigration(userId: String): Result<Outcome> = caught { migration(userId).forceRun() }

    private suspend fun migration(userId: String) = DefaultRehome.get().migration(userId)
}

/** How the migration of [DefaultRehome] stands. */
public class MigrationStateManager {
    /** On this device; nobody is asked. Whether it is stuck is told by its heartbeat, not by when it was started. */
    public suspend fun getCurrentState(userId: String): MigrationState = DefaultRehome.get().migration(userId).state()
}

/** What the migration of [DefaultRehome] has come to. */
public class MigrationTelemetryService private constructor() {
    /**
     * On this device, at once; of the user whom the configuration names, where nobody is named. The journal is read on the
     * caller's thread, as [FeatureFlags] says. None where nobody can say: it is not open yet, or nobody is signed in.
     */
    public fun getMigrationStats(userId: String? = null): MigrationStatistics? =
        now { ofMigration(userId) { it.statisticsNow() } }.getOrNull()

    public companion object {
        /** The one. */
        public val shared: MigrationTelemetryService = MigrationTelemetryService()
    }
}

/** Remote Config, as [DefaultRehome] has it. */
public class RemoteConfigService private constructor() {
    /** Puts in force what Remote Config says; whether anything changed. It throws nothing. */
    public suspend fun fetchAndActivate(): Result<Boolean> = caught { DefaultRehome.get().flags.fetchAndActivate() }

    public companion object {
        /** The one. */
        public val shared: RemoteConfigService = RemoteConfigService()
    }
}

/** What the one says that is open by now. */
private inline fun <T> now(ask: Rehome.() -> T): Result<T> =
    caught { (DefaultRehome.opened ?: throw RehomeException.Later(DefaultRehome.whyNot)).ask() }

private inline fun <T> caught(call: () -> T): Result<T> =
    try {
        Result.success(call())
    } catch (cancelled: CancellationException) {
        throw cancelled
    } catch (failed: RehomeException) {
        Result.failure(failed)
    }

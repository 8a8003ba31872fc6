package dev.rehome

import kotlinx.coroutines.CancellationException
import java.util.logging.Logger

/** The flags of [DefaultRehome], by names that an app may have for them already. */
public object FeatureFlags {
    private val log = Logger.getLogger("Rehome")

    /** Whether a user's records are carried. */
    public suspend fun shouldEnableBackfill(userId: String): Boolean = flags().shouldEnableBackfill(userId)

    /** Every flag as it is now. */
    public suspend fun getMigrationStatus(): FlagsStatus = flags().status()

    /** Logs every flag as it is now. No user is named. */
    public suspend fun logCurrentStatus(): Unit = log.info(getMigrationStatus().text)

    private suspend fun flags() = DefaultRehome.get().flags
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
    /** On this device; of the user whom the configuration names, where nobody is named. */
    public suspend fun getMigrationStats(userId: String? = null): MigrationStatistics =
        DefaultRehome.get().migration(userId).statistics()

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

private inline fun <T> caught(call: () -> T): Result<T> =
    try {
        Result.success(call())
    } catch (cancelled: CancellationException) {
        throw cancelled
    } catch (failed: RehomeException) {
        Result.failure(failed)
    }

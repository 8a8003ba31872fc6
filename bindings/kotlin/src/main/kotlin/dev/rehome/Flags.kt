package dev.rehome

import dev.rehome.ffi.Forced
import java.time.Instant
import kotlin.time.Duration
import kotlin.time.toJavaDuration

/**
 * The flags, and who is in. What is asked is answered by what is known on this device; only [refresh] and the fetches ask
 * somebody.
 */
public class Flags internal constructor(
    private val rehome: Rehome,
) {
    /** Whether a user's records are carried. */
    public suspend fun shouldEnableBackfill(owner: String): Boolean = rehome.ofFlags { it.shouldEnableBackfill(owner) }

    /** Who is read and written for a user. */
    public suspend fun route(owner: String): UserRoute = rehome.ofFlags { it.route(owner) }

    /** What a flag is for a user, and why. */
    public suspend fun explain(
        flag: String,
        owner: String,
    ): FlagExplanation = rehome.ofFlags { it.explain(flag, owner) }

    /** Every flag as it is now. */
    public suspend fun status(): FlagsStatus = rehome.ofFlags { it.migrationStatus() }

    /** Asks Remote Config unless it was asked lately, and puts in force what it says. Answers whether anything changed. */
    public suspend fun fetchAndActivate(): Boolean = rehome.ofFlags { it.fetchAndActivate() }

    /** The same where what was fetched is older than this. */
    public suspend fun fetchOlderThan(age: Duration): Boolean =
        rehome.ofFlags { it.fetchOlderThan(age.toJavaDuration()) }

    /** Asks everybody who says what flags are. From the next run on that counts. */
    public suspend fun refresh(): Unit = rehome.ofFlags { it.refresh() }

    /** Forces something for a user from the next run on, and across launches. */
    public suspend fun overrideUser(
        user: String,
        override: Override,
        reason: String,
        until: Instant? = null,
    ): Unit = rehome.ofFlags { it.forceUser(user, override.forRust(), reason, until) }

    /** The same for a device, by its [Rehome.installation]. */
    public suspend fun overrideDevice(
        installation: String,
        override: Override,
        reason: String,
        until: Instant? = null,
    ): Unit = rehome.ofFlags { it.forceDevice(installation, override.forRust(), reason, until) }

    /** Takes back what was forced for a user. */
    public suspend fun liftUser(user: String): Unit = rehome.ofFlags { it.liftUser(user) }

    /** Takes back what was forced for a device. */
    public suspend fun liftDevice(installation: String): Unit = rehome.ofFlags { it.liftDevice(installation) }
}

/** What is forced for one user or device. A stop is obeyed all the same. */
public sealed interface Override {
    /** To be within every percentage. */
    public data object In : Override

    /** To be outside of every percentage. */
    public data object Out : Override

    /** To be at this stage. */
    public data class AtStage(
        val stage: Stage,
    ) : Override
}

private fun Override.forRust(): Forced =
    when (this) {
        Override.In -> Forced.In
        Override.Out -> Forced.Out
        is Override.AtStage -> Forced.AtStage(stage)
    }

/**
 * The place of a key in a rollout of a seed, in millionths of a percent, as Firebase's servers reckon it; none of an empty
 * key.
 */
public fun rolloutBucket(
    seed: String,
    key: String,
): Long? =
    dev.rehome.ffi
        .rolloutBucket(seed, key)
        ?.toLong()

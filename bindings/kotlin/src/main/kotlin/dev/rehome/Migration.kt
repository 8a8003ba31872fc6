package dev.rehome

import dev.rehome.ffi.MigrationHandle
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.withContext

/** The migration of one user's records. All of one user steer the same. */
public class Migration internal constructor(
    private val rehome: Rehome,
    private val named: String?,
) {
    /** Whose it is. */
    public val owner: String get() = ask { it.owner() }

    /** How far a run is: the last state at once, and then a few a second while one goes. It ends when Rehome does. */
    public val progress: Flow<Progress> =
        flow {
            ask { it.progress() }.use { progress ->
                while (true) emit(told { progress.next() } ?: break)
            }
        }

    /**
     * Carries what there is to carry, if the flags let this user in: to be called at every launch. It asks the channels
     * first, reads the store only if there is something to do, and goes on where the last run ended.
     *
     * A coroutine that is cancelled here stops the run, and ends when the run has: a page at most.
     *
     * @throws RehomeException where it cannot go on until somebody has done something about it. What passes by itself is
     * an outcome: [Ending.LATER].
     */
    public suspend fun runIfNeeded(): Outcome = run { it.runIfNeeded() }

    /** The same from where the caller says. */
    public suspend fun runFrom(start: Start): Outcome = run { it.runFrom(start) }

    /**
     * Carries whatever the percentages say, and goes on where a run stood still. A stop from afar is obeyed all the same.
     */
    public suspend fun forceRun(): Outcome = run { it.forceRun() }

    /** Goes on where it was paused, or where it stands still until somebody has looked: somebody has. */
    public suspend fun resume(): Outcome = run { it.resume() }

    /** Stops, and stays stopped across launches until [resume]. */
    public fun pause(): Unit = ask { it.pause() }

    /** Stops as soon as what is under way is answered. */
    public fun cancel(): Unit = ask { it.cancel() }

    /** Stops at once, and waits until everything is on disk and no lock is held. */
    public suspend fun suspend(): Unit = ask { it.suspend() }

    /** How it stands on this device. Nobody is asked. */
    public suspend fun state(): MigrationState = ask { it.state() }

    /** What it has come to on this device. Nobody is asked. */
    public suspend fun statistics(): MigrationStatistics = ask { it.statistics() }

    /** Reads and maps everything and sends nothing: what each record would become, and which cannot be moved. */
    public suspend fun rehearse(): Rehearsal = ask { it.rehearse() }

    /**
     * Reads everything again and holds it against what is in Firestore: all of it, or so many documents of a hundred.
     * [repairs] creates what is missing and replaces what is older.
     */
    public suspend fun verify(
        samplePercent: Int? = null,
        repairs: Boolean = false,
    ): Verification {
        val percent = samplePercent?.coerceIn(0, WHOLE)?.toUByte()
        return if (repairs) run { it.verify(percent, true) } else ask { it.verify(percent, false) }
    }

    /** Deletes from Firestore what this migration wrote and nobody has changed since; in a dry run says what would be. */
    public suspend fun rollBack(isDryRun: Boolean): RollbackReport = run { it.rollBack(isDryRun) }

    /** Ends a complete migration: later runs carry nothing any more. */
    public suspend fun seal(): Unit = ask { it.seal() }

    /** What is set aside, at most [limit] after the one of that number; to begin with after 0. */
    public suspend fun setAside(
        after: ULong = 0u,
        limit: Int = PAGE,
    ): List<SetAsideRecord> = ask { it.setAside(after, limit.coerceAtLeast(1).toUInt()) }

    /** The documents of one that is set aside which Firestore refused, where there are some. */
    public suspend fun refused(number: ULong): List<RefusedDocument> = ask { it.refused(number) }

    /** Forgets some of what is set aside, by number: the next run that reads those records decides anew. */
    public suspend fun dropSetAside(numbers: List<ULong>): Unit = ask { it.dropSetAside(numbers) }

    private inline fun <T> ask(call: (MigrationHandle) -> T): T = rehome.ofMigration(named, call)

    /** Whoever stops waiting for what nobody may do beside a run, as a run, stops it, and does not go on beside it. */
    private suspend fun <T> run(call: suspend (MigrationHandle) -> T): T =
        ask { handle ->
            try {
                call(handle)
            } catch (cancelled: CancellationException) {
                withContext(NonCancellable) { handle.suspend() }
                throw cancelled
            }
        }

    private companion object {
        const val WHOLE = 100
        const val PAGE = 100
    }
}

package dev.rehome.demo

import dev.rehome.Ending
import dev.rehome.Outcome
import dev.rehome.Override
import dev.rehome.Rehome
import dev.rehome.Side
import dev.rehome.Stage
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock

/**
 * The moment from which a user's habits are read from Firestore. Until then the app writes its old store, and runs carry
 * what it wrote; afterwards nobody would see what is written there.
 */
class CutOver(
    private val rehome: Rehome,
    private val user: String,
) {
    private val writing = Mutex()

    /** Writes the old store, if that is the one that is read. Answers whether it is. */
    suspend fun whileOldIsRead(write: suspend () -> Unit): Boolean =
        writing.withLock {
            val isRead = rehome.flags.route(user).readsFirst == Side.OLD
            if (isRead) write()
            isRead
        }

    /** Carries what was written since the last run, while nobody writes, and has Firestore read if all of it came there. */
    suspend fun toFirestore(): Outcome =
        writing.withLock {
            val delta = rehome.migration(user).runIfNeeded()
            if (delta.ending == Ending.COMPLETE) force(Stage.COMPLETE)
            delta
        }

    /** Has the old store read again, before anything is taken back from Firestore. */
    suspend fun back() = writing.withLock { force(Stage.OFF) }

    /** In an app that is out there the flags in Remote Config say so. */
    private suspend fun force(stage: Stage) =
        rehome.flags.overrideUser(user, Override.AtStage(stage), "the developer's menu")
}

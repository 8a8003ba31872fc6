package dev.rehome.demo

import java.time.Instant

/** The app's old store, which is written as long as it is read. On a phone it is Room's. */
interface OldStore {
    /** Adds a habit whose streak has not begun. */
    suspend fun add(
        id: String,
        title: String,
        at: Instant,
    )

    /** Notes that a habit was done, with what that earns and what its streak is now: all of it, or nothing. */
    suspend fun complete(
        habitId: String,
        at: Instant,
    )
}

/** What doing a habit once earns. */
const val POINTS = 10

/** All points of a user are in one row, of this id. */
const val TOTAL = "total"

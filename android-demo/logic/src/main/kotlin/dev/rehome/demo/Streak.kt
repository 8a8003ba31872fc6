package dev.rehome.demo

import java.time.Instant
import java.time.LocalDate
import java.time.ZoneId

/** How many days in a row a habit was done, and how many at best. */
data class Streak(
    val current: Int = 0,
    val longest: Int = 0,
) {
    /** What it is once the habit was done at [now], having been done at [last] before. */
    fun after(
        last: Instant?,
        now: Instant,
        zone: ZoneId = ZoneId.systemDefault(),
    ): Streak {
        val (before, today) = last?.day(zone) to now.day(zone)
        val days =
            when (before) {
                today -> current
                today.minusDays(1) -> current + 1
                else -> 1
            }
        return Streak(days, maxOf(days, longest))
    }
}

private fun Instant.day(zone: ZoneId): LocalDate = atZone(zone).toLocalDate()

package dev.rehome.demo

import java.time.Instant
import java.time.ZoneId
import kotlin.test.Test
import kotlin.test.assertEquals

class StreakTest {
    private val vienna = ZoneId.of("Europe/Vienna")
    private val before = Streak(current = 3, longest = 5)

    @Test
    fun `a habit that is done for the first time has a streak of a day`() =
        assertEquals(Streak(1, 1), Streak().after(last = null, now = at("2025-03-01T12:00:00Z"), vienna))

    @Test
    fun `the next day makes it longer, and the longest with it once it is as long`() {
        assertEquals(Streak(4, 5), after("2025-03-01T12:00:00Z", "2025-03-02T07:00:00Z"))
        assertEquals(Streak(6, 6), Streak(5, 5).after(at("2025-03-01T12:00:00Z"), at("2025-03-02T07:00:00Z"), vienna))
    }

    @Test
    fun `the same day leaves it as it is`() =
        assertEquals(before, after("2025-03-01T06:00:00Z", "2025-03-01T20:00:00Z"))

    @Test
    fun `a day without it begins anew, and the longest stays`() =
        assertEquals(Streak(1, 5), after("2025-03-01T12:00:00Z", "2025-03-03T12:00:00Z"))

    @Test
    fun `days are those of the user, also when one of them is an hour shorter`() {
        assertEquals(
            Streak(4, 5),
            after("2025-03-01T22:30:00Z", "2025-03-01T23:30:00Z"),
            "it is past midnight in Vienna",
        )
        assertEquals(Streak(4, 5), after("2025-03-29T11:00:00Z", "2025-03-30T21:30:00Z"), "summer began")
    }

    private fun after(
        last: String,
        now: String,
    ) = before.after(at(last), at(now), vienna)

    private fun at(moment: String) = Instant.parse(moment)
}

package dev.rehome.demo

import dev.rehome.Side
import kotlinx.coroutines.runBlocking
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertNotNull
import kotlin.test.assertNull

class HabitsTest {
    @Test
    fun `a habit that is added is shown, and has not been done yet`() =
        launched {
            habits.add(" Stretch ")
            val added =
                habits.screen.value.habits
                    .first { it.title == "Stretch" }
            assertEquals(0 to 0, added.completions to added.streak)
            assertNull(habits.screen.value.problem)
        }

    @Test
    fun `a habit that is done counts once more, a day longer, and earns its points`() =
        launched {
            val before = habits.screen.value
            val walk = before.habits.first { it.id == "walk" }
            habits.complete(walk)
            val after = habits.screen.value
            val more = walk.copy(completions = walk.completions + 1, streak = walk.streak + 1)
            assertEquals(before.habits.map { if (it.id == "walk") more else it }, after.habits)
            assertEquals(before.points + POINTS, after.points)
        }

    @Test
    fun `the screen is the same before and after the cut-over, but for where it is read from`() =
        launched {
            habits.complete(
                habits.screen.value.habits
                    .first(),
            )
            val before = habits.screen.value
            flags.allow(backfill = true)
            migration.run()
            migration.cutOver()
            habits.refresh()
            assertEquals(before.copy(readFrom = Side.NEW), habits.screen.value)
        }

    @Test
    fun `after the cut-over nothing is written where nobody would see it`() =
        launched {
            flags.allow(backfill = true)
            migration.run()
            migration.cutOver()
            habits.refresh()
            val before = habits.screen.value
            habits.complete(before.habits.first())
            habits.add("Stretch")
            assertNotNull(habits.screen.value.problem)
            migration.rollBack()
            habits.refresh()
            assertEquals(before.copy(readFrom = Side.OLD), habits.screen.value)
        }

    @Test
    fun `what goes wrong is shown as a sentence`() =
        launched {
            val before = habits.screen.value
            rehome.end()
            habits.refresh()
            assertEquals(
                before.copy(problem = "Rehome was closed; open it again and ask once more"),
                habits.screen.value,
            )
        }

    private fun launched(use: suspend HeadlessApp.() -> Unit) =
        runBlocking {
            HeadlessApp.launched(Users.next()) {
                habits.refresh()
                use()
            }
        }
}

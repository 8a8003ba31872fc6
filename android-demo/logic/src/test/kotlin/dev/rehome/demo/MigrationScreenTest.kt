package dev.rehome.demo

import dev.rehome.Side
import dev.rehome.Status
import kotlinx.coroutines.runBlocking
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue

class MigrationScreenTest {
    @Test
    fun `a rehearsal says what would be carried, and carries nothing`() =
        allowed {
            migration.rehearse()
            assertEquals("127 of 128 records would be carried, 1 cannot be", migration.screen.value.word)
            assertEquals(Status.PENDING to 0L, migration.screen.value.status to migration.screen.value.carried)
        }

    @Test
    fun `a run ends with everything carried but what is set aside, and says why that is`() =
        allowed {
            migration.run()
            val aside = listOf("completions damaged: wrong_type (text where a whole number belongs)")
            assertEquals(MigrationScreen(Status.COMPLETE, 127, 0, aside, "complete"), migration.screen.value)
        }

    @Test
    fun `a verification finds what was written since the last run, and the next run carries it`() =
        allowed {
            migration.run()
            migration.verify()
            val verified = "127 documents are as they should be, 0 are missing, 0 differ"
            assertEquals(verified, migration.screen.value.word)
            habits.refresh()
            habits.complete(
                habits.screen.value.habits
                    .first(),
            )
            migration.verify()
            assertEquals("125 documents are as they should be, 1 are missing, 2 differ", migration.screen.value.word)
            migration.run()
            migration.verify()
            assertEquals(verified.replace("127", "128"), migration.screen.value.word)
        }

    @Test
    fun `a cut-over carries what was written since the last run before Firestore is read`() =
        allowed {
            migration.run()
            habits.refresh()
            habits.add("Stretch")
            migration.cutOver()
            assertEquals("Firestore is read from now on", migration.screen.value.word)
            habits.refresh()
            val shown = habits.screen.value
            assertEquals(Side.NEW, shown.readFrom)
            assertTrue(shown.habits.any { it.title == "Stretch" })
        }

    @Test
    fun `nothing is cut over while the flags let nobody be carried`() =
        allowed {
            migration.run()
            flags.allow(backfill = false)
            migration.cutOver()
            assertTrue(
                migration.screen.value.word
                    .startsWith("not yet: stopped"),
                migration.screen.value.word,
            )
            habits.refresh()
            assertEquals(Side.OLD, habits.screen.value.readFrom)
        }

    @Test
    fun `a rollback takes everything back, and the old store is read again`() =
        allowed {
            migration.run()
            migration.cutOver()
            migration.rollBack()
            assertEquals("127 documents were taken back", migration.screen.value.word)
            habits.refresh()
            assertEquals(Side.OLD, habits.screen.value.readFrom)
            assertEquals(3, habits.screen.value.habits.size)
        }

    @Test
    fun `what cannot be done is a sentence on the screen`() =
        allowed {
            rehome.end()
            migration.verify()
            assertEquals("Rehome was closed; open it again and ask once more", migration.screen.value.word)
        }

    private fun allowed(use: suspend HeadlessApp.() -> Unit) =
        runBlocking {
            HeadlessApp.launched(Users.next()) {
                flags.allow(backfill = true)
                use()
            }
        }
}

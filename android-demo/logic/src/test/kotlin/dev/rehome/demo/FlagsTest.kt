package dev.rehome.demo

import dev.rehome.Status
import kotlinx.coroutines.runBlocking
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue

class FlagsTest {
    @Test
    fun `each flag is shown once, with what it is and by whose word`() =
        runBlocking<Unit> {
            HeadlessApp.launched(Users.next()) {
                flags.refresh()
                val names =
                    rehome.flags
                        .status()
                        .flags
                        .map { it.name }
                val shown = flags.screen.value
                assertEquals(names, shown.map { it.substringBefore(' ') })
                assertTrue("backfillEnabled = false (the defaults): false from the defaults" in shown, "$shown")
            }
        }

    @Test
    fun `the kill switch stops what would be carried, and the next run goes on once it is lifted`() =
        runBlocking<Unit> {
            HeadlessApp.launched(Users.next()) {
                flags.allow(backfill = false)
                assertTrue("backfillEnabled = false (the local file): false from the local file" in flags.screen.value)
                migration.run()
                assertEquals(Status.PENDING to 0L, migration.screen.value.status to migration.screen.value.carried)
                flags.allow(backfill = true)
                assertTrue("backfillEnabled = true (the local file): true from the local file" in flags.screen.value)
                migration.run()
                assertEquals(Status.COMPLETE to 127L, migration.screen.value.status to migration.screen.value.carried)
            }
        }
}

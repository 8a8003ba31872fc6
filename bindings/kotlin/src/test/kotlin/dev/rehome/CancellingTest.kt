package dev.rehome

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import java.io.File
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFalse

/** Whoever stops waiting ends what was asked, and leaves nothing behind that would have to be waited for. */
class CancellingTest {
    /** Copies a store, and does not come back from it while somebody waits for that. */
    private class Copies(
        private val store: File,
    ) : StoreCopies {
        @Volatile var hanging: CompletableDeferred<Unit>? = null

        override suspend fun copy(to: File) {
            hanging?.let {
                it.complete(Unit)
                awaitCancellation()
            }
            store.copyTo(to)
        }
    }

    @Test
    fun `a rehearsal ends with its coroutine`() = endsWithItsCoroutine { it.rehearse() }

    @Test
    fun `a verification ends with its coroutine`() = endsWithItsCoroutine { it.verify() }

    @Test
    fun `a verification that repairs ends with its coroutine`() = endsWithItsCoroutine { it.verify(repairs = true) }

    @Test
    fun `a rollback ends with its coroutine`() = endsWithItsCoroutine { it.rollBack(isDryRun = false) }

    private fun endsWithItsCoroutine(work: suspend (Migration) -> Unit) =
        runBlocking<Unit> {
            Phone().use { phone ->
                val copies = Copies(phone.store)
                phone.launched(phone.configuration(store = Store.Copied("a.store", copies))) { rehome ->
                    val migration = rehome.migration()
                    val created = migration.runIfNeeded().counters.created
                    val hangs = CompletableDeferred<Unit>().also { copies.hanging = it }
                    val asked = launch(Dispatchers.Default) { work(migration) }
                    hangs.await()
                    asked.cancelAndJoin()
                    assertFalse(migration.state().isUnderWay)
                    copies.hanging = null
                    assertEquals(Ending.COMPLETE, migration.runIfNeeded().ending)
                    phone.launched(phone.configuration(holder = "widget")) {
                        assertEquals(created, it.migration().rollBack(isDryRun = false).deleted)
                    }
                }
            }
        }
}

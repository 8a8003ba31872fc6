package dev.rehome

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertTrue

class MigrationTest {
    @Test
    fun `a launch carries everything once, says how far it is, and the next one does nothing`() =
        runBlocking<Unit> {
            Phone().use { phone ->
                phone.launched { rehome ->
                    val migration = rehome.migration()
                    assertEquals(phone.user, migration.owner)
                    assertEquals(Phase.STARTING, migration.progress.first().phase, "the first state is there at once")
                    assertEquals(0uL, migration.rehearse().quarantined)
                    assertEquals(0, phone.arrived(), "a rehearsal sends nothing")
                    val outcome = migration.runIfNeeded()
                    assertEquals(Ending.COMPLETE, outcome.ending, outcome.why)
                    assertTrue(phone.allArrived())
                    assertEquals(outcome.counters, migration.progress.first().counters)
                    assertTrue(migration.verify().verified)
                    assertEquals(Status.VERIFIED, migration.state().status)
                    assertEquals(
                        outcome.counters.created,
                        migration
                            .statistics()
                            .carried.values
                            .sum(),
                    )
                }
                phone.launched { rehome ->
                    val migration = rehome.migration(phone.user)
                    migration.seal()
                    assertEquals(Ending.CLOSED, migration.runIfNeeded().ending)
                }
            }
        }

    @Test
    fun `a run that is cancelled goes on with the next`() =
        runBlocking<Unit> {
            Phone().use { phone ->
                phone.launched(phone.configuration(slow = true)) { rehome ->
                    val migration = rehome.migration()
                    val run = async { migration.runIfNeeded() }
                    migration.progress.first { it.counters.carried > 0u }
                    assertEquals(Ending.ALREADY_RUNNING, rehome.migration().runIfNeeded().ending)
                    migration.cancel()
                    assertEquals(Ending.CANCELLED, run.await().ending)
                    assertFalse(phone.allArrived())
                }
                phone.launched { assertEquals(Ending.COMPLETE, it.migration().runIfNeeded().ending) }
                assertTrue(phone.allArrived())
            }
        }

    @Test
    fun `a coroutine that is cancelled ends when its run has ended`() =
        runBlocking<Unit> {
            Phone().use { phone ->
                phone.launched(phone.configuration(slow = true)) { rehome ->
                    val migration = rehome.migration()
                    val run = launch(Dispatchers.Default) { migration.runIfNeeded() }
                    migration.progress.first { it.counters.carried > 0u }
                    run.cancelAndJoin()
                    assertFalse(migration.state().isUnderWay)
                    assertFalse(phone.allArrived())
                }
            }
        }

    @Test
    fun `a pause outlives the app until somebody resumes`() =
        runBlocking<Unit> {
            Phone().use { phone ->
                phone.launched(phone.configuration(slow = true)) { rehome ->
                    val migration = rehome.migration()
                    val run = async { migration.runIfNeeded() }
                    migration.progress.first { it.counters.carried > 0u }
                    migration.pause()
                    assertEquals(Ending.PAUSED, run.await().ending)
                }
                phone.launched { rehome ->
                    assertEquals(Ending.PAUSED, rehome.migration().runIfNeeded().ending)
                    assertEquals(Ending.COMPLETE, rehome.migration().resume().ending)
                }
                assertTrue(phone.allArrived())
            }
        }

    @Test
    fun `what was carried is taken back`() =
        runBlocking<Unit> {
            Phone().use { phone ->
                phone.launched { rehome ->
                    val migration = rehome.migration()
                    val created = migration.runIfNeeded().counters.created
                    assertEquals(created, migration.rollBack(isDryRun = true).deleted)
                    assertTrue(phone.allArrived(), "a dry run deletes nothing")
                    assertEquals(created, migration.rollBack(isDryRun = false).deleted)
                    assertEquals(0, phone.arrived())
                }
            }
        }

    @Test
    fun `what cannot be moved is set aside with the reason`() =
        runBlocking<Unit> {
            Phone(damaged = 0.1).use { phone ->
                phone.launched { rehome ->
                    val migration = rehome.migration()
                    val outcome = migration.runIfNeeded()
                    val aside = migration.setAside(limit = 1000)
                    assertTrue(aside.isNotEmpty() && aside.all { it.reason.isNotEmpty() && it.key.isNotEmpty() })
                    assertEquals(outcome.counters.quarantined, aside.size.toULong())
                    assertEquals(aside.drop(1), migration.setAside(after = aside.first().number, limit = 1000))
                    migration.dropSetAside(aside.map { it.number })
                    assertEquals(emptyList(), migration.setAside())
                }
            }
        }

    @Test
    fun `closing ends a run and the flow of its progress, and refuses what comes later`() =
        runBlocking<Unit> {
            Phone().use { phone ->
                val rehome = phone.open(slow = true)
                val migration = rehome.migration()
                val run = async(Dispatchers.Default) { migration.runIfNeeded() }
                val progress = async(Dispatchers.Default) { migration.progress.toList() }
                migration.progress.first { it.counters.carried > 0u }
                rehome.end()
                assertEquals(Ending.SUSPENDED, run.await().ending)
                assertTrue(progress.await().isNotEmpty())
                assertFailsWith<RehomeException.Later> { migration.state() }
            }
        }
}

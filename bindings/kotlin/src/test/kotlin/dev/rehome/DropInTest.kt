package dev.rehome

import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import java.io.File
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.minutes

/** The names that an app may have already. All of them ask the one that it configured. */
class DropInTest {
    @Test
    fun `once it is open, flags and numbers are told without waiting, and the rest to whoever waits`() =
        runBlocking<Unit> {
            Phone().use { phone ->
                DefaultRehome.configure(phone.configuration())
                DefaultRehome.get()
                assertTrue(FeatureFlags.shouldEnableBackfill(phone.user))
                assertTrue(FeatureFlags.getMigrationStatus().backfillEnabled)
                assertEquals(DefaultRehome.get().flags.status(), FeatureFlags.getMigrationStatus())
                FeatureFlags.logCurrentStatus()
                assertEquals(false, RemoteConfigService.shared.fetchAndActivate().getOrThrow())
                assertEquals(Ending.COMPLETE, BackfillJob.runIfNeeded(phone.user).getOrThrow().ending)
                assertEquals(Ending.COMPLETE, BackfillJob.forceRunMigration(phone.user).getOrThrow().ending)
                assertEquals(Status.COMPLETE, MigrationStateManager().getCurrentState(phone.user).status)
                val stats = assertNotNull(MigrationTelemetryService.shared.getMigrationStats())
                assertEquals(300uL, stats.carried["Completion"])
                assertEquals(stats, MigrationTelemetryService.shared.getMigrationStats(phone.user))
                assertEquals(
                    0uL,
                    MigrationTelemetryService.shared
                        .getMigrationStats("somebody-else")
                        ?.carried
                        ?.get("Completion")
                        ?: 0uL,
                )
                DefaultRehome.get().end()
                assertFalse(FeatureFlags.shouldEnableBackfill(phone.user))
                assertTrue(BackfillJob.runIfNeeded(phone.user).exceptionOrNull() is RehomeException.Later)
            }
        }

    @Test
    fun `as long as it cannot be opened nobody is in, and it opens once that is mended`() =
        runBlocking<Unit> {
            Phone().use { phone ->
                val inTheWay = File(phone.folder, "rehome")
                inTheWay.writeText("")
                DefaultRehome.configure(phone.configuration())
                assertFailsWith<RehomeException> { DefaultRehome.get() }
                assertNull(DefaultRehome.opened)
                assertFalse(FeatureFlags.shouldEnableBackfill(phone.user))
                assertNull(MigrationTelemetryService.shared.getMigrationStats(phone.user))
                val status = FeatureFlags.getMigrationStatus()
                assertFalse(status.backfillEnabled)
                assertTrue("not open yet" in status.text && "not open yet" in status.remarks.single(), status.text)
                inTheWay.delete()
                DefaultRehome.get().use { assertTrue(FeatureFlags.shouldEnableBackfill(phone.user)) }
            }
        }

    @Test
    fun `it is opened without anybody asking, and ends when another takes its place`() =
        runBlocking<Unit> {
            Phone().use { first ->
                Phone().use { second ->
                    DefaultRehome.configure(first.configuration())
                    withTimeout(1.minutes) { while (DefaultRehome.opened == null) yield() }
                    val before = DefaultRehome.get()
                    assertEquals(before, DefaultRehome.opened)
                    val untilItEnds =
                        async(start = CoroutineStart.UNDISPATCHED) { before.migration().progress.toList() }
                    DefaultRehome.configure(second.configuration())
                    untilItEnds.await()
                    assertFailsWith<RehomeException.Later> { before.migration().state() }
                    DefaultRehome.get().use { assertEquals(second.user, it.migration().owner) }
                }
            }
        }
}

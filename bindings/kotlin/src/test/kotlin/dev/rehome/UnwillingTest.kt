package dev.rehome

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import java.util.concurrent.CountDownLatch
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertTrue

/** An app that throws, blocks or never answers harms nothing but what needs the answer. */
class UnwillingTest {
    @Test
    fun `whoever gives no token is not signed in, whatever is thrown, and nothing of what was thrown is told`() =
        runBlocking<Unit> {
            Phone().use { phone ->
                val ways =
                    listOf<Pair<String, Tokens>>(
                        "nobody is signed in" to Tokens { null },
                        "IllegalStateException" to Tokens { error("secret") },
                        "NotImplementedError" to Tokens { TODO("secret") },
                    )
                for ((why, tokens) in ways) {
                    phone.launched(phone.configuration(tokens = tokens)) { rehome ->
                        val outcome = rehome.migration().runIfNeeded()
                        assertEquals(Ending.LATER, outcome.ending)
                        assertTrue(why in outcome.why.orEmpty() && "secret" !in outcome.why.orEmpty(), outcome.why)
                    }
                }
                phone.launched { assertEquals(Ending.COMPLETE, it.migration().runIfNeeded().ending) }
            }
        }

    @Test
    fun `whoever never gives a token does not keep the app from closing`() =
        runBlocking<Unit> {
            Phone().use { phone ->
                val asked = CountDownLatch(1)
                val tokens =
                    Tokens {
                        asked.countDown()
                        awaitCancellation()
                    }
                val rehome = Rehome.open(phone.configuration(tokens = tokens))
                val run = async(Dispatchers.Default) { rehome.migration().runIfNeeded() }
                asked.await()
                rehome.end()
                assertEquals(Ending.SUSPENDED, run.await().ending)
            }
        }

    @Test
    fun `whoever is silent about the device, throws, or blocks a thread for good hinders nothing`() =
        runBlocking<Unit> {
            val never = CountDownLatch(1)
            val ways =
                listOf<DeviceState>(
                    DeviceState { awaitCancellation() },
                    DeviceState { error("no") },
                    DeviceState {
                        never.await()
                        error("late")
                    },
                )
            for (device in ways) {
                Phone().use { phone ->
                    phone.launched(phone.configuration(device = device)) { rehome ->
                        assertEquals(Ending.COMPLETE, rehome.migration().runIfNeeded().ending)
                    }
                }
            }
            never.countDown()
        }

    @Test
    fun `a run waits while the device is in a bad way`() =
        runBlocking<Unit> {
            Phone().use { phone ->
                val weak = DeviceState { DeviceConditions(metered = false, lowBattery = true, background = false) }
                phone.launched(phone.configuration(device = weak)) { rehome ->
                    assertEquals(Ending.WAITING, rehome.migration().runIfNeeded().ending)
                }
            }
        }

    @Test
    fun `a store that is never copied, or whose copying throws, is no end of the app`() =
        runBlocking<Unit> {
            Phone().use { phone ->
                val asked = CountDownLatch(1)
                val never =
                    StoreCopies {
                        asked.countDown()
                        awaitCancellation()
                    }
                phone.launched(phone.configuration(store = Store.Copied("a.store", never))) { rehome ->
                    val run = async(Dispatchers.Default) { rehome.migration().runIfNeeded() }
                    asked.await()
                    rehome.migration().cancel()
                    assertEquals(Ending.CANCELLED, run.await().ending)
                }
                val throws = StoreCopies { error("secret") }
                phone.launched(phone.configuration(store = Store.Copied("a.store", throws))) { rehome ->
                    val outcome = rehome.migration().runIfNeeded()
                    assertEquals(Ending.LATER, outcome.ending)
                    assertFalse("secret" in outcome.why.orEmpty())
                }
            }
        }

    @Test
    fun `what happened is told in order, whoever else does not take it`() =
        runBlocking<Unit> {
            Phone().use { phone ->
                val rehome = phone.open()
                val deaf = launch { rehome.events.collect { awaitCancellation() } }
                val outcome = rehome.migration().runIfNeeded()
                val told = async { rehome.events.first { it is Event.RunEnded } as Event.RunEnded }
                assertEquals(outcome, told.await().outcome)
                deaf.cancel()
                rehome.end()
            }
        }

    @Test
    fun `a user who signs out in mid-run ends it, and nobody else gets the store`() =
        runBlocking<Unit> {
            Phone().use { phone ->
                phone.launched(phone.configuration(slow = true)) { rehome ->
                    val migration = rehome.migration()
                    val run = async(Dispatchers.Default) { migration.runIfNeeded() }
                    migration.progress.first { it.counters.carried > 0u }
                    rehome.signOut(phone.user)
                    assertEquals(Ending.SUSPENDED, run.await().ending)
                    assertFalse(phone.allArrived())
                    assertFailsWith<RehomeException.NotAllowed> { rehome.migration("somebody-else").runIfNeeded() }
                }
            }
        }
}

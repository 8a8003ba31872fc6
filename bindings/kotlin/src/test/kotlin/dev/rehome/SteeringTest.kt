package dev.rehome

import kotlinx.coroutines.async
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.json.JSONObject
import java.io.File
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue

class SteeringTest {
    @Test
    fun `buckets are those that Firebase's servers reckon`() {
        val golden = JSONObject(File("tests/golden/rollout/buckets.json").readText()).getJSONArray("buckets")
        assertTrue(golden.length() > 50)
        for (at in 0 until golden.length()) {
            val row = golden.getJSONObject(at)
            val (seed, id) = row.getString("seed") to row.getString("id")
            assertEquals(row.getLong("micro_percent"), rolloutBucket(seed, id), "row $at")
        }
        assertNull(rolloutBucket("seed", ""))
    }

    @Test
    fun `a word for one user counts across launches until it is taken back`() =
        runBlocking<Unit> {
            Phone().use { phone ->
                phone.launched { it.flags.overrideUser(phone.user, Override.Out, "a tester") }
                phone.launched { rehome ->
                    assertFalse(rehome.flags.shouldEnableBackfill(phone.user))
                    assertEquals(Ending.OUTSIDE, rehome.migration().runIfNeeded().ending)
                    val why = rehome.flags.explain("backfillRolloutPercentage", phone.user)
                    assertTrue(why.isIn == false && "a tester" in why.text, why.text)
                    rehome.flags.liftUser(phone.user)
                    assertTrue(rehome.flags.shouldEnableBackfill(phone.user))
                    assertEquals(Side.OLD, rehome.flags.route(phone.user).readsFirst)
                    rehome.flags.overrideUser(phone.user, Override.AtStage(Stage.COMPLETE), "a tester")
                    assertEquals(Side.NEW, rehome.flags.route(phone.user).readsFirst)
                    assertEquals(100.0, rehome.flags.status().backfillRolloutPercentage)
                    assertFailsWith<RehomeException.Wrong> { rehome.flags.explain("backfilEnabled", phone.user) }
                }
            }
        }

    @Test
    fun `a stop that is published ends a run under way, and the next launch goes on once it is lifted`() =
        runBlocking<Unit> {
            Phone(completions = 1000).use { phone ->
                val place = { name: String -> World.places.getString(name) }
                val app = RemoteConfigApp(place("api_key"), place("app_id"), server = place("remote_config"))
                World.publish("backfillEnabled", false)
                World.publish("backfillRolloutPercentage", 100)
                phone.launched(phone.configuration(slow = true, remoteConfig = app)) { rehome ->
                    val migration = rehome.migration()
                    val refused = migration.runIfNeeded()
                    assertEquals(Ending.STOPPED, refused.ending, "the flag is asked first")
                    World.publish("backfillEnabled", true)
                    rehome.flags.refresh()
                    val run = async { migration.runIfNeeded() }
                    migration.progress.first { it.counters.carried > 0u }
                    World.publish("backfillEnabled", false)
                    val stopped = run.await()
                    assertEquals(Ending.STOPPED, stopped.ending, stopped.why)
                    assertFalse(phone.allArrived())
                }
                World.publish("backfillEnabled", true)
                phone.launched(phone.configuration(remoteConfig = app)) { rehome ->
                    val finished = rehome.migration().runIfNeeded()
                    assertEquals(Ending.COMPLETE, finished.ending, finished.why)
                }
                assertTrue(phone.allArrived())
            }
        }
}

package dev.rehome

import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.json.JSONArray
import org.json.JSONObject
import java.io.File
import java.util.concurrent.TimeUnit
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue

class LifetimeTest {
    @Test
    fun `a process that is killed in mid-run loses nothing, and the next launch finishes`() =
        runBlocking<Unit> {
            Phone().use { phone ->
                val child = child(phone)
                try {
                    while (phone.arrived() == 0L) assertTrue(child.isAlive, "it ended by itself")
                } finally {
                    child.destroyForcibly().waitFor(10, TimeUnit.SECONDS)
                }
                assertTrue(!phone.allArrived(), "it was killed in the middle")
                phone.launched { rehome ->
                    val outcome = rehome.migration().runIfNeeded()
                    assertEquals(Ending.COMPLETE, outcome.ending, outcome.why)
                    assertTrue(rehome.migration().verify().verified)
                }
                assertTrue(phone.allArrived())
            }
        }

    private fun child(phone: Phone): Process {
        val properties =
            listOf("jna.library.path", "jna.nosys", "java.library.path").map { "-D$it=${System.getProperty(it)}" }
        val java = File(System.getProperty("java.home"), "bin/java").path
        val command = listOf(java) + properties + listOf("-cp", System.getProperty("java.class.path"))
        val words = listOf("dev.rehome.KilledKt", phone.user, phone.folder.path, phone.store.path)
        return ProcessBuilder(command + words).inheritIO().start()
    }

    @Test
    fun `opening and closing again and again leaves nothing behind`() =
        runBlocking<Unit> {
            Phone(completions = 1).use { phone ->
                val again: suspend (Int) -> Unit = { times ->
                    repeat(times) { phone.launched { it.migration().state() } }
                    System.gc()
                }
                again(1000)
                val before = Held.now()
                again(1000)
                val after = Held.now()
                assertTrue(after.files <= before.files + 5, "$before, then $after")
                assertTrue(after.threads <= before.threads + 5, "$before, then $after")
                assertTrue(after.megabytes <= before.megabytes + 60, "$before, then $after")
            }
        }

    @Test
    fun `a hundred thousand records come through as they are`() =
        runBlocking<Unit> {
            Phone(completions = 100_000).use { phone ->
                phone.launched { rehome ->
                    rehome.documents(phone.user).use { documents ->
                        val collection = "users/${phone.user}/completions"
                        val pages = documents.pages(collection, Side.OLD, size = 5000) { listOf(JSONArray(it)) }
                        val ids = HashSet<String>()
                        pages.map { it.single() }.toList().forEach { page ->
                            for (at in 0 until page.length()) ids += page.getJSONObject(at).getString("id")
                        }
                        assertEquals(100_000, ids.size)
                        val one = "$collection/${ids.first()}"
                        assertEquals(one, documents.get(one, Side.OLD) { JSONObject(it).getString("path") })
                    }
                }
            }
        }

    private data class Held(
        val files: Int,
        val threads: Int,
        val megabytes: Long,
    ) {
        companion object {
            fun now(): Held {
                val own = File("/proc/self")
                val resident = File(own, "status").readLines().first { it.startsWith("VmRSS") }
                val kilobytes = resident.filter(Char::isDigit).toLong()
                val count = { name: String -> File(own, name).list().orEmpty().size }
                return Held(count("fd"), count("task"), kilobytes / 1024)
            }
        }
    }
}

package dev.rehome

import dev.rehome.ffi.DocumentList
import dev.rehome.ffi.FfiConverterTypeDocumentList
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.json.JSONArray

private const val RECORDS = 1000
private const val FIELDS = 10
private const val ROUNDS = 300

/**
 * Measures what 1,000 documents of 10 fields take on their way into Kotlin, in one call: as a part of `cargo xtask bench`.
 * Of many rounds the quickest counts, since Java is quick only by and by.
 */
fun main() =
    runBlocking {
        Phone(completions = RECORDS).use { phone ->
            phone.launched(phone.configuration(plan = PLAN)) { rehome ->
                rehome.documents(phone.user).use { documents ->
                    val (text, called) = quickest { documents.page("users/${phone.user}/completions") }
                    val (page, decoded) = quickest { JSONArray(text) }
                    val fields = page.getJSONObject(0).getJSONObject("data").length()
                    check(page.length() == RECORDS && fields == FIELDS) { "${page.length()} documents, $fields fields" }
                    val crossed = crossing(text)
                    println(
                        "$RECORDS documents of $FIELDS fields into Kotlin, in one call of ${text.length / 1000} kB:",
                    )
                    println("  across the boundary: %.2f ms".format(crossed))
                    println("  to decode them with org.json: %.2f ms".format(decoded))
                    println("  the whole call, which reads them from SQLite and maps them: %.2f ms".format(called))
                }
            }
        }
    }

private suspend fun Documents.page(collection: String): String =
    pages(collection, Side.OLD, RECORDS) { listOf(it) }.first().single()

/** What the very same answer takes alone, as the library gives it and Kotlin takes it over, without what makes it. */
private fun crossing(text: String): Double {
    val answer = DocumentList(text, RECORDS.toULong(), null)
    return (1..ROUNDS).minOf {
        val given = FfiConverterTypeDocumentList.lower(answer)
        val (taken, time) = timed { FfiConverterTypeDocumentList.lift(given) }
        check(taken == answer) { "it is another one on the other side" }
        time
    }
}

private suspend fun <T> quickest(work: suspend () -> T): Pair<T, Double> =
    (1..ROUNDS).fold(timed { work() }) { quickest, _ -> minOf(quickest, timed { work() }, compareBy { it.second }) }

/** What comes of it, and the milliseconds that it takes. */
private inline fun <T> timed(work: () -> T): Pair<T, Double> {
    val began = System.nanoTime()
    return work() to (System.nanoTime() - began) / 1e6
}

private val PLAN =
    Plan(
        "crossing.toml",
        """
        name = "crossing"
        from = "swiftdata"
        to = "firestore"
        leave_out = ["Habit", "Streak", "UserProfile", "XPEvent", "XPState"]

        [stamp]
        source_system = "swiftdata_migration"
        migration_timestamp = "{now}"

        [[move]]
        entity = "Completion"
        document = "users/{uid}/completions/{id}"
        leave_out = ["tags", "updatedAt"]
        """.trimIndent(),
    )

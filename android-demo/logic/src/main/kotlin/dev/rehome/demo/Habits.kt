package dev.rehome.demo

import dev.rehome.Documents
import dev.rehome.Rehome
import dev.rehome.RehomeException
import dev.rehome.Side
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.update
import org.json.JSONArray
import org.json.JSONObject
import java.time.Clock
import java.util.UUID

/** A habit as a screen shows it. */
data class Habit(
    val id: String,
    val title: String,
    val completions: Int,
    val streak: Int,
)

/** What the first screen shows. */
data class HabitsScreen(
    val habits: List<Habit> = emptyList(),
    val points: Int = 0,
    val readFrom: Side = Side.OLD,
    val problem: String? = null,
)

/**
 * The habits of one user, read from whichever side the route says: the screen does not know which. They are written to the
 * old store as long as that is read.
 */
class HabitsViewModel(
    private val rehome: Rehome,
    private val user: String,
    private val old: OldStore,
    private val cutOver: CutOver,
    private val clock: Clock = Clock.systemDefaultZone(),
) {
    private val shown = MutableStateFlow(HabitsScreen())

    val screen: StateFlow<HabitsScreen> get() = shown

    suspend fun refresh() =
        told {
            val side = rehome.flags.route(user).readsFirst
            shown.value = rehome.documents(user).use { screenOf(it, side) }
        }

    /** A button: a new habit. */
    suspend fun add(title: String) = write { old.add(UUID.randomUUID().toString(), title.trim(), clock.instant()) }

    /** A button beside each habit: it was done. */
    suspend fun complete(habit: Habit) = write { old.complete(habit.id, clock.instant()) }

    private suspend fun write(change: suspend () -> Unit) =
        told {
            if (cutOver.whileOldIsRead(change)) {
                refresh()
            } else {
                shown.update {
                    it.copy(
                        problem = "Your habits are in the cloud now, which this version cannot write yet.",
                    )
                }
            }
        }

    private suspend fun told(work: suspend () -> Unit) =
        try {
            work()
        } catch (failed: RehomeException) {
            shown.update { it.copy(problem = failed.message) }
        }

    private suspend fun screenOf(
        documents: Documents,
        side: Side,
    ): HabitsScreen {
        val completions = documents.all("completions").groupingBy { it.getString("habitId") }.eachCount()
        val streaks = documents.all("streaks").associate { it.getString("habitId") to it.getInt("current") }
        val habits =
            documents.all("habits").map { habit ->
                val id = habit.getString("id")
                Habit(id, habit.getString("title"), completions[id] ?: 0, streaks[id] ?: 0)
            }
        val points = documents.all("xp").sumOf { it.getInt("points") }
        return HabitsScreen(habits.sortedBy { it.title }, points, side)
    }

    private suspend fun Documents.all(collection: String): List<JSONObject> =
        list("users/$user/$collection") { page ->
            val array = JSONArray(page)
            (0 until array.length()).map { array.getJSONObject(it).getJSONObject("data") }
        }
}

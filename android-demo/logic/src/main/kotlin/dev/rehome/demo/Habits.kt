package dev.rehome.demo

import dev.rehome.Documents
import dev.rehome.Rehome
import dev.rehome.Side
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import org.json.JSONArray
import org.json.JSONObject

/** A habit as a screen shows it. */
data class Habit(
    val title: String,
    val completions: Int,
    val streak: Int,
)

/** What the first screen shows. */
data class HabitsScreen(
    val habits: List<Habit> = emptyList(),
    val points: Int = 0,
    val readFrom: Side = Side.OLD,
)

/** The habits of one user, read from whichever side the route says: the screen does not know which. */
class HabitsViewModel(
    private val rehome: Rehome,
    private val user: String,
) {
    private val shown = MutableStateFlow(HabitsScreen())

    val screen: StateFlow<HabitsScreen> get() = shown

    suspend fun refresh() {
        val side = rehome.flags.route(user).readsFirst
        shown.value = rehome.documents(user).use { screenOf(it, side) }
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
                Habit(habit.getString("title"), completions[id] ?: 0, streaks[id] ?: 0)
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

package dev.rehome.demo

import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.setContent
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.Button
import androidx.compose.material3.Text
import androidx.compose.material3.TextField
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.runtime.setValue
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import androidx.lifecycle.lifecycleScope
import dev.rehome.DefaultRehome
import kotlinx.coroutines.launch

class MainActivity : ComponentActivity() {
    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        lifecycleScope.launch {
            val app = application as HabitApp
            val rehome = DefaultRehome.get()
            val cutOver = CutOver(rehome, Session.USER)
            val habits = HabitsViewModel(rehome, Session.USER, app.database.habits(), cutOver)
            val migration = MigrationViewModel(rehome.migration(Session.USER), cutOver)
            val flags = FlagsViewModel(rehome, Session.USER, app.flagsFile)
            setContent { Screens(habits, migration, flags) }
            habits.refresh()
            flags.refresh()
            migration.run()
            habits.refresh()
        }
    }
}

@Composable
fun Screens(
    habits: HabitsViewModel,
    migration: MigrationViewModel,
    flags: FlagsViewModel,
) {
    val shown by habits.screen.collectAsStateWithLifecycle()
    val moved by migration.screen.collectAsStateWithLifecycle()
    val lines by flags.screen.collectAsStateWithLifecycle()
    LazyColumn {
        items(shown.habits, key = { it.id }) { HabitLine(it, habits) }
        item { NewHabit(habits) }
        item { Text("${shown.points} XP, read from the ${shown.readFrom} side") }
        shown.problem?.let { item { Text(it) } }
        item { Text("${moved.status}: ${moved.carried} carried, ${moved.left ?: "?"} left. ${moved.word}") }
        items(moved.setAside) { Text(it) }
        items(lines) { Text(it) }
        item { DeveloperMenu(habits, migration, flags) }
    }
}

@Composable
fun HabitLine(
    habit: Habit,
    habits: HabitsViewModel,
) {
    val scope = rememberCoroutineScope()
    Row {
        Text("${habit.title}: ${habit.completions} times, ${habit.streak} days in a row")
        Button(onClick = { scope.launch { habits.complete(habit) } }) { Text("Done") }
    }
}

@Composable
fun NewHabit(habits: HabitsViewModel) {
    val scope = rememberCoroutineScope()
    var title by remember { mutableStateOf("") }
    val add: () -> Unit = {
        val wanted = title
        title = ""
        scope.launch { habits.add(wanted) }
    }
    Row {
        TextField(value = title, onValueChange = { title = it }, label = { Text("A new habit") })
        Button(onClick = add, enabled = title.isNotBlank()) { Text("Add") }
    }
}

@Composable
fun DeveloperMenu(
    habits: HabitsViewModel,
    migration: MigrationViewModel,
    flags: FlagsViewModel,
) {
    val scope = rememberCoroutineScope()
    val buttons =
        listOf<Pair<String, suspend () -> Unit>>(
            "Rehearse" to { migration.rehearse() },
            "Run" to { migration.run() },
            "Verify" to { migration.verify() },
            "Cut over" to { migration.cutOver() },
            "Roll back" to { migration.rollBack() },
            "Stop" to { flags.allow(backfill = false) },
            "Go on" to { flags.allow(backfill = true) },
        )
    val press: (suspend () -> Unit) -> Unit = { work ->
        scope.launch {
            work()
            habits.refresh()
        }
    }
    Column { buttons.forEach { (name, work) -> Button(onClick = { press(work) }) { Text(name) } } }
}

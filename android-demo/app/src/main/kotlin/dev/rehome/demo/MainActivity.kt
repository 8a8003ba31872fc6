package dev.rehome.demo

import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.setContent
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.Button
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.rememberCoroutineScope
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import androidx.lifecycle.lifecycleScope
import dev.rehome.DefaultRehome
import kotlinx.coroutines.launch

class MainActivity : ComponentActivity() {
    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        lifecycleScope.launch {
            val rehome = DefaultRehome.get()
            val habits = HabitsViewModel(rehome, Session.USER)
            val migration = MigrationViewModel(rehome.migration(Session.USER))
            val flags = FlagsViewModel(rehome, Session.USER, (application as HabitApp).flagsFile)
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
        items(shown.habits) { Text("${it.title}: ${it.completions} times, ${it.streak} days in a row") }
        item { Text("${shown.points} XP, read from the ${shown.readFrom} side") }
        item { Text("${moved.status}: ${moved.carried} carried, ${moved.left ?: "?"} left. ${moved.word}") }
        items(moved.setAside) { Text(it) }
        items(lines) { Text(it) }
        item { DeveloperMenu(migration, flags) }
    }
}

@Composable
fun DeveloperMenu(
    migration: MigrationViewModel,
    flags: FlagsViewModel,
) {
    val scope = rememberCoroutineScope()
    val buttons =
        listOf<Pair<String, suspend () -> Unit>>(
            "Rehearse" to { migration.rehearse() },
            "Verify" to { migration.verify() },
            "Roll back" to { migration.rollBack() },
            "Stop" to { flags.allow(backfill = false) },
            "Go on" to { flags.allow(backfill = true) },
        )
    Row { buttons.forEach { (name, press) -> Button(onClick = { scope.launch { press() } }) { Text(name) } } }
}

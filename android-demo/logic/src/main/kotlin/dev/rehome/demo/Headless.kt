package dev.rehome.demo

import dev.rehome.Configuration
import dev.rehome.Override
import dev.rehome.Plan
import dev.rehome.Rehome
import dev.rehome.SqliteCopies
import dev.rehome.Stage
import dev.rehome.Store
import dev.rehome.UserToken
import kotlinx.coroutines.runBlocking
import org.json.JSONObject
import java.io.File
import java.net.URI
import java.nio.file.Files

private const val USER = "ann"

/** Goes through the screens as a user and a developer do, and prints what they would see: `cargo xtask demo kotlin`. */
fun main() =
    runBlocking {
        val folder = Files.createTempDirectory("rehome-demo").toFile()
        try {
            RoomShapedStore(File(folder, "habits.db")).use { walk(folder, it) }
        } finally {
            folder.deleteRecursively()
        }
    }

private suspend fun walk(
    folder: File,
    store: RoomShapedStore,
) {
    val flagsFile = File(folder, "flags.json")
    val rehome = Rehome.open(configuration(folder, store, flagsFile))
    val habits = HabitsViewModel(rehome, USER)
    val migration = MigrationViewModel(rehome.migration(USER))
    val flags = FlagsViewModel(rehome, USER, flagsFile)

    show("Habits, as Room has them") { habits.shown() }
    flags.allow(backfill = false)
    migration.run()
    show("The app starts, and nobody is let in yet") { migration.shown() }
    flags.allow(backfill = true)
    show("Flags") { flags.screen.value.take(SHOWN_FLAGS) }
    migration.rehearse()
    show("Developer: rehearse") { listOf(migration.screen.value.word) }
    migration.run()
    show("The app starts again") { migration.shown() }
    migration.verify()
    show("Developer: verify") { listOf(migration.screen.value.word) }
    rehome.flags.overrideUser(USER, Override.AtStage(Stage.LIVE), "the demo")
    show("Habits, once the route reads Firestore") { habits.shown() }
    rehome.flags.liftUser(USER)
    migration.rollBack()
    show("Developer: roll back") { listOf(migration.screen.value.word) }
    show("Habits, which Room has as before") { habits.shown() }
    rehome.end()
}

private const val SHOWN_FLAGS = 3

private inline fun show(
    title: String,
    lines: () -> List<String>,
) {
    println("\n$title")
    lines().forEach { println("  $it") }
}

private suspend fun HabitsViewModel.shown(): List<String> {
    refresh()
    val shown = screen.value
    val habits = shown.habits.map { "${it.title}: ${it.completions} times, ${it.streak} days in a row" }
    return habits + "${shown.points} XP, read from the ${shown.readFrom.name.lowercase()} side"
}

private fun MigrationViewModel.shown(): List<String> {
    val shown = screen.value
    val numbers = "${shown.status.name.lowercase()}, ${shown.carried} carried, ${shown.setAside.size} set aside"
    return listOf(shown.word, numbers) + shown.setAside
}

private fun configuration(
    folder: File,
    store: RoomShapedStore,
    flagsFile: File,
): Configuration {
    val places = world("/")
    return Configuration(
        folder = File(folder, "rehome"),
        store = Store.Copied("habits.db", SqliteCopies(store)),
        plans = listOf(Plan("habits.toml", File("android-demo/assets/habits.toml").readText())),
        project = places.getString("project"),
        tokens = { UserToken(world("/token?user=$USER").getString("token"), null) },
        owner = USER,
        flagsFile = flagsFile,
        emulator = places.getString("firestore"),
    )
}

private fun world(question: String) = JSONObject(URI("${System.getenv("REHOME_WORLD")}$question").toURL().readText())

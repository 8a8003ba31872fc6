package dev.rehome.demo

import dev.rehome.Configuration
import dev.rehome.Plan
import dev.rehome.Rehome
import dev.rehome.SqliteCopies
import dev.rehome.Store
import dev.rehome.UserToken
import org.json.JSONObject
import java.io.File
import java.net.URI
import java.nio.file.Files
import java.time.Clock
import java.time.ZoneId

/** The app without its screens, on a device of its own, in a world with servers: `tests/world` has them. */
class HeadlessApp private constructor(
    val rehome: Rehome,
    user: String,
    store: RoomShapedStore,
    flagsFile: File,
) {
    private val today = Clock.fixed(RoomShapedStore.TODAY, ZoneId.systemDefault())
    private val cutOver = CutOver(rehome, user)
    val habits = HabitsViewModel(rehome, user, store, cutOver, today)
    val migration = MigrationViewModel(rehome.migration(user), cutOver)
    val flags = FlagsViewModel(rehome, user, flagsFile)

    companion object {
        /** Opens it for as long as this takes, and leaves nothing behind. */
        suspend fun <T> launched(
            user: String,
            use: suspend HeadlessApp.() -> T,
        ): T {
            val folder = Files.createTempDirectory("rehome-demo").toFile()
            try {
                return RoomShapedStore(File(folder, "habits.db")).use { store ->
                    val flagsFile = File(folder, "flags.json")
                    val rehome = Rehome.open(configuration(folder, user, store, flagsFile))
                    try {
                        HeadlessApp(rehome, user, store, flagsFile).use()
                    } finally {
                        rehome.end()
                    }
                }
            } finally {
                folder.deleteRecursively()
            }
        }

        private fun configuration(
            folder: File,
            user: String,
            store: RoomShapedStore,
            flagsFile: File,
        ): Configuration {
            val places = world("/")
            return Configuration(
                folder = File(folder, "rehome"),
                store = Store.Copied("habits.db", SqliteCopies(store)),
                plans = listOf(Plan("habits.toml", File("android-demo/assets/habits.toml").readText())),
                project = places.getString("project"),
                tokens = { UserToken(world("/token?user=$user").getString("token"), null) },
                owner = user,
                flagsFile = flagsFile,
                emulator = places.getString("firestore"),
            )
        }
    }
}

private fun world(question: String) = JSONObject(URI("${System.getenv("REHOME_WORLD")}$question").toURL().readText())

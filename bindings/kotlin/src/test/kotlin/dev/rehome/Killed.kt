package dev.rehome

import kotlinx.coroutines.runBlocking
import java.io.File

/** An app that is in the middle of a run until somebody kills it: a user, its folder, its store. */
fun main(words: Array<String>) {
    val (user, folder, store) = words
    runBlocking {
        val configuration =
            Configuration(
                folder = File(folder, "rehome"),
                store = Store.At(File(store)),
                plans = listOf(World.plan()),
                project = World.project,
                tokens = { UserToken(World.token(user), null) },
                uploads = { to, _ -> to },
                flagsFile = File(folder, "flags.json"),
                tuning = Phone.SLOW,
                emulator = World.places.getString("firestore"),
            )
        Rehome.open(configuration).migration(user).runIfNeeded()
    }
}

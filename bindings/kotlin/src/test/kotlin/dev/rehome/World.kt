package dev.rehome

import org.json.JSONObject
import java.io.File
import java.net.URI
import java.net.URLEncoder

/** The servers that tests live in, and the stores that they make: `tests/world` says what can be asked. */
internal object World {
    private val address: String = System.getenv("REHOME_WORLD")
    private val folder = File(System.getenv("REHOME_WORLD_FOLDER"))
    val places: JSONObject by lazy { ask("/") }
    val project: String get() = places.getString("project")

    fun ask(
        path: String,
        vararg arguments: Pair<String, Any>,
    ): JSONObject {
        val query = arguments.joinToString("&") { (name, value) -> "$name=${URLEncoder.encode("$value", "UTF-8")}" }
        return JSONObject(URI("$address$path?$query").toURL().readText())
    }

    /** A habit app's store. */
    fun store(
        name: String,
        completions: Int,
        damaged: Double = 0.0,
    ): File {
        ask("/store", "file" to name, "completions" to completions, "damaged" to damaged)
        return File(folder, name)
    }

    fun token(user: String): String = ask("/token", "user" to user).getString("token")

    fun publish(
        flag: String,
        value: Any,
    ) {
        ask("/flag", "name" to flag, "value" to value)
    }

    fun count(collection: String): Long = ask("/count", "collection" to collection).getLong("count")

    fun plan() = Plan("habits.toml", File("cli/src/habits.toml").readText())
}

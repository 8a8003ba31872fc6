package dev.rehome

import java.io.File
import java.nio.file.Files
import java.util.concurrent.atomic.AtomicInteger

private val users = AtomicInteger()

/** A device with a habit app's store, a folder for Rehome, and a user of its own. */
internal class Phone(
    private val completions: Int = 300,
    damaged: Double = 0.0,
    val user: String = "user${ProcessHandle.current().pid()}x${users.incrementAndGet()}",
) : AutoCloseable {
    val folder: File = Files.createTempDirectory("rehome-kotlin").toFile()
    val store: File = World.store("$user.store", completions, damaged)
    private val flags = File(folder, "flags.json")

    init {
        say(ALL)
    }

    /** What whoever steers says. */
    fun say(words: String) = flags.writeText(words)

    fun configuration(
        slow: Boolean = false,
        store: Store = Store.At(this.store),
        tokens: Tokens = Tokens { UserToken(World.token(user), null) },
        device: DeviceState? = null,
        remoteConfig: RemoteConfigApp? = null,
        plan: Plan = World.plan(),
        holder: String = "app",
    ) = Configuration(
        folder = File(folder, "rehome"),
        store = store,
        plans = listOf(plan),
        project = World.project,
        tokens = tokens,
        owner = user,
        device = device,
        uploads = { to, _ -> to },
        remoteConfig = remoteConfig,
        flagsFile = flags.takeIf { remoteConfig == null },
        tuning = if (slow) SLOW else RunTuning(),
        holder = holder,
        emulator = World.places.getString("firestore"),
    )

    suspend fun open(slow: Boolean = false): Rehome = Rehome.open(configuration(slow))

    /** The app's launch, for as long as this takes. */
    suspend fun <T> launched(
        configuration: Configuration = configuration(),
        use: suspend (Rehome) -> T,
    ): T {
        val rehome = Rehome.open(configuration)
        try {
            return use(rehome)
        } finally {
            rehome.end()
        }
    }

    /** How many of the store's completions are in Firestore. */
    fun arrived(): Long = World.count("users/$user/completions")

    fun allArrived(): Boolean = arrived() == completions.toLong()

    override fun close() {
        folder.deleteRecursively()
        store.delete()
    }

    companion object {
        const val ALL = """{"backfillEnabled": true, "backfillRolloutPercentage": 100}"""
        const val NONE = """{"backfillEnabled": false, "backfillRolloutPercentage": 100}"""

        /** So that there is time to do something in the middle of a run. */
        val SLOW = RunTuning(batchSize = 20u, inFlight = 1u, documentsPerSecond = 60u)
    }
}

package dev.rehome

import dev.rehome.ffi.StoreAt
import java.io.File
import dev.rehome.ffi.Configuration as ForRust

/**
 * What an app says once. Only what has no default must be said.
 *
 * ```
 * Configuration(
 *     folder = File(context.noBackupFilesDir, "rehome"),
 *     store = Store.Copied("habits.db", roomDatabase.openHelper.writableDatabase.copies()),
 *     plans = listOf(Plan("habits.toml", context.assets.open("habits.toml").reader().readText())),
 *     project = "habits-1a2b3",
 *     tokens = { refresh -> user()?.getIdToken(refresh)?.await()?.token?.let { UserToken(it, null) } },
 * )
 * ```
 *
 * @property folder Rehome's own folder, which is made where it is not there. What is in it must not be backed up.
 * @property store Where the store is that records are moved from.
 * @property plans The plan, or several of which one is for the store.
 * @property project The Firebase project's id.
 * @property tokens Gives the user's ID token.
 * @property owner Who is signed in, where that does not change while this is open.
 * @property device Says how the device is, where somebody does.
 * @property uploads Takes values that are too large for documents, where somebody does.
 * @property remoteConfig The app as Remote Config knows it; none where nobody steers through that.
 * @property stopDocument The address of a document that stops everything, as `rehome/stop`, where there is one.
 * @property flagsFile A JSON file with flags, for development.
 * @property defaults What flags are as long as nobody says anything of them: texts by the flags' names.
 * @property tuning How a run goes about its work, unless flags say otherwise.
 * @property database The database's id, where the project has several.
 * @property emulator An emulator as `host:port`, in place of Google's servers.
 * @property holder Which kind of process this is, of which there is one at a time.
 * @property deviceId What tells this device from others, where the app knows.
 * @property noBackupFolder A folder that no backup takes, where [folder] is not in one.
 * @property roomSchema The schema that Room exported when the app was built, where it did.
 * @property appVersion The app's version, for the user's other devices to see.
 */
public class Configuration(
    public val folder: File,
    public val store: Store,
    public val plans: List<Plan>,
    public val project: String,
    public val tokens: Tokens,
    public val owner: String? = null,
    public val device: DeviceState? = null,
    public val uploads: Uploads? = null,
    public val remoteConfig: RemoteConfigApp? = null,
    public val stopDocument: String? = null,
    public val flagsFile: File? = null,
    public val defaults: Map<String, String> = emptyMap(),
    public val tuning: RunTuning = RunTuning(),
    public val database: String? = null,
    public val emulator: String? = null,
    public val holder: String = "app",
    public val deviceId: String? = null,
    public val noBackupFolder: File? = null,
    public val roomSchema: File? = null,
    public val appVersion: String? = null,
) {
    internal fun forRust() =
        ForRust(
            folder = folder.path,
            store = store.forRust(),
            plans = plans,
            project = project,
            database = database,
            emulator = emulator,
            owner = owner,
            remoteConfig = remoteConfig,
            stopDocument = stopDocument,
            flagsFile = flagsFile?.path,
            defaults = defaults,
            tuning = tuning,
            holder = holder,
            device = deviceId,
            noBackupFolder = noBackupFolder?.path,
            roomSchema = roomSchema?.path,
            appVersion = appVersion,
        )
}

/** Where the store is that records are moved from. */
public sealed interface Store {
    /**
     * A copy of it, which the app's own connection makes whenever the store is to be read: the way for an app on Android,
     * since two copies of SQLite in one process must never have one file open.
     *
     * @property name The store's file name, by which one store is told from another.
     */
    public data class Copied(
        val name: String,
        val by: StoreCopies,
    ) : Store

    /** A file that nothing else in this process has open, nor will while Rehome is. */
    public data class At(
        val file: File,
    ) : Store
}

private fun Store.forRust(): StoreAt =
    when (this) {
        is Store.At -> StoreAt.Path(file.path)
        is Store.Copied -> StoreAt.Copies(name)
    }

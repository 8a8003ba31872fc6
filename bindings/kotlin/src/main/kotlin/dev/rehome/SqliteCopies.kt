package dev.rehome

import java.io.File
import java.io.FileInputStream

/** The app's own connection to its store, as far as a copy needs it: see `copies()` of Android's classes, and Room's. */
public interface StoreConnection {
    /** The store's file. */
    public val path: String

    /** Runs a statement that answers nothing. */
    public fun execSQL(sql: String)

    /** The first column of a query's first row. */
    public fun queryLong(sql: String): Long
}

/**
 * Copies a store through the app's own connection, so that no second SQLite ever touches its files. The connection must not
 * be within a transaction, and waits as for any other statement where another of the app's writes at that moment.
 *
 * Where the system's SQLite is older than 3.27 (Android 10 and before), which cannot do it by itself, the files are copied
 * while a transaction of ours lets nobody write. Closing them gives up the locks by which SQLite keeps other *processes*
 * apart: an app with several processes that have the store open must not use this there.
 */
public class SqliteCopies(
    private val connection: StoreConnection,
) : StoreCopies {
    override suspend fun copy(to: File): Unit =
        if (connection.queryLong(MINOR_VERSION) >= VACUUMS_INTO) vacuumInto(to) else copyWhileNobodyWrites(to)

    private fun vacuumInto(to: File) = connection.execSQL("VACUUM INTO '${to.path.replace("'", "''")}'")

    /** What the log holds that no checkpoint could move is copied beside the store, where it is found when that is read. */
    internal fun copyWhileNobodyWrites(to: File) {
        connection.queryLong("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execSQL("BEGIN EXCLUSIVE")
        val opened = listOf("", "-wal").mapNotNull { opened(connection.path + it, to.path + it) }
        try {
            opened.forEach { (from, copy) -> copy.outputStream().use { from.copyTo(it) } }
        } finally {
            // Closing a file gives up this process's locks on it, so ours are given up before.
            connection.execSQL("ROLLBACK")
            opened.forEach { (from, _) -> from.close() }
        }
    }

    private fun opened(
        from: String,
        to: String,
    ) = if (File(from).exists()) FileInputStream(from) to File(to) else null

    private companion object {
        const val MINOR_VERSION = "SELECT CAST(substr(sqlite_version(), 3) AS INTEGER)"
        const val VACUUMS_INTO = 27
    }
}

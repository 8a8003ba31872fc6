package dev.rehome.demo

import dev.rehome.StoreConnection
import java.io.File
import java.sql.Connection
import java.sql.DriverManager
import java.sql.ResultSet
import java.time.Duration
import java.time.Instant

/** The app's old store where there is no Android: tables as Room makes them of `app/`'s entities, made through JDBC. */
class RoomShapedStore(
    file: File,
) : StoreConnection,
    OldStore,
    AutoCloseable {
    private val connection: Connection = DriverManager.getConnection("jdbc:sqlite:${file.path}")

    override val path: String = file.path

    init {
        SCHEMA.forEach(::execSQL)
        for ((id, title) in HABITS) {
            update("INSERT INTO habits VALUES (?, ?, ?)", id, title, FIRST_DAY.toEpochMilli())
            update("INSERT INTO streaks VALUES (?, ?, ?)", id, DAYS, DAYS)
            repeat(DAYS) { day ->
                val at = FIRST_DAY + Duration.ofDays(day.toLong())
                update("INSERT INTO completions VALUES (?, ?, ?)", "$id-$day", id, at.toEpochMilli())
            }
        }
        execSQL("INSERT INTO completions VALUES ('damaged', 'walk', 'yesterday')")
        update("INSERT INTO xp VALUES (?, ?)", TOTAL, HABITS.size * DAYS * POINTS)
    }

    override suspend fun add(
        id: String,
        title: String,
        at: Instant,
    ) = inTransaction {
        update("INSERT INTO habits VALUES (?, ?, ?)", id, title, at.toEpochMilli())
        update("INSERT INTO streaks VALUES (?, 0, 0)", id)
    }

    override suspend fun complete(
        habitId: String,
        at: Instant,
    ) = inTransaction {
        val streak = streak(habitId).after(lastCompletion(habitId), at)
        update("INSERT INTO completions VALUES (?, ?, ?)", "$habitId-${at.toEpochMilli()}", habitId, at.toEpochMilli())
        update(
            "UPDATE streaks SET `current` = ?, longest = ? WHERE habitId = ?",
            streak.current,
            streak.longest,
            habitId,
        )
        update("UPDATE xp SET points = points + ? WHERE id = ?", POINTS, TOTAL)
    }

    @Synchronized
    override fun execSQL(sql: String) {
        connection.createStatement().use { it.execute(sql) }
    }

    @Synchronized
    override fun queryLong(sql: String): Long = checkNotNull(first(sql) { it.getLong(1) }) { "no row: $sql" }

    override fun close() = connection.close()

    private fun streak(habitId: String) =
        checkNotNull(
            first("SELECT `current`, longest FROM streaks WHERE habitId = ?", habitId) {
                Streak(it.getInt(1), it.getInt(2))
            },
        ) { "there is no habit $habitId" }

    private fun lastCompletion(habitId: String): Instant? {
        // One is damaged: its moment is a word.
        val last = "SELECT completedAt FROM completions WHERE habitId = ? AND typeof(completedAt) = 'integer'"
        return first("$last ORDER BY completedAt DESC", habitId) { Instant.ofEpochMilli(it.getLong(1)) }
    }

    /** A copy is made by another thread, and not in the middle of this. */
    @Synchronized
    private fun inTransaction(work: () -> Unit) {
        execSQL("BEGIN IMMEDIATE")
        var isDone = false
        try {
            work()
            isDone = true
        } finally {
            execSQL(if (isDone) "COMMIT" else "ROLLBACK")
        }
    }

    private fun update(
        sql: String,
        vararg values: Any,
    ) {
        connection.prepareStatement(sql).use { statement ->
            values.forEachIndexed { at, value -> statement.setObject(at + 1, value) }
            statement.executeUpdate()
        }
    }

    private fun <T> first(
        sql: String,
        vararg values: Any,
        read: (ResultSet) -> T,
    ): T? =
        connection.prepareStatement(sql).use { statement ->
            values.forEachIndexed { at, value -> statement.setObject(at + 1, value) }
            statement.executeQuery().use { rows -> if (rows.next()) read(rows) else null }
        }

    companion object {
        private const val DAYS = 40
        private val FIRST_DAY: Instant = Instant.parse("2025-01-01T12:00:00Z")

        /** The day after the last on which something was done. */
        val TODAY: Instant = FIRST_DAY + Duration.ofDays(DAYS.toLong())

        private val HABITS = listOf("walk" to "Take a walk", "read" to "Read", "water" to "Drink water")
        private val SCHEMA =
            listOf(
                "CREATE TABLE room_master_table (id INTEGER PRIMARY KEY, identity_hash TEXT)",
                "INSERT INTO room_master_table VALUES (42, '5f1c2f0d9a3b4c6e8d7a1b2c3d4e5f60')",
                "CREATE TABLE habits (id TEXT NOT NULL, title TEXT NOT NULL, createdAt INTEGER NOT NULL, PRIMARY KEY(id))",
                "CREATE TABLE completions (id TEXT NOT NULL, habitId TEXT NOT NULL, completedAt INTEGER NOT NULL, " +
                    "PRIMARY KEY(id))",
                "CREATE TABLE xp (id TEXT NOT NULL, points INTEGER NOT NULL, PRIMARY KEY(id))",
                "CREATE TABLE streaks (habitId TEXT NOT NULL, `current` INTEGER NOT NULL, longest INTEGER NOT NULL, " +
                    "PRIMARY KEY(habitId))",
                "PRAGMA user_version = 1",
            )
    }
}

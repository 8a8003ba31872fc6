package dev.rehome.demo

import dev.rehome.StoreConnection
import java.io.File
import java.sql.Connection
import java.sql.DriverManager

/** The app's old store where there is no Android: tables as Room makes them of `app/`'s entities, made through JDBC. */
class RoomShapedStore(
    file: File,
) : StoreConnection,
    AutoCloseable {
    private val connection: Connection = DriverManager.getConnection("jdbc:sqlite:${file.path}")

    override val path: String = file.path

    init {
        SCHEMA.forEach(::execSQL)
        for ((id, title) in HABITS) {
            execSQL("INSERT INTO habits VALUES ('$id', '$title', $SOME_DAY)")
            execSQL("INSERT INTO streaks VALUES ('$id', ${id.length}, 30)")
        }
        repeat(COMPLETIONS) {
            val habit = HABITS[it % HABITS.size].first
            execSQL("INSERT INTO completions VALUES ('c$it', '$habit', ${SOME_DAY + it})")
        }
        execSQL("INSERT INTO completions VALUES ('damaged', 'walk', 'yesterday')")
        execSQL("INSERT INTO xp VALUES ('total', ${COMPLETIONS * POINTS})")
    }

    override fun execSQL(sql: String) {
        connection.createStatement().use { it.execute(sql) }
    }

    override fun queryLong(sql: String): Long =
        connection.createStatement().use { statement ->
            statement.executeQuery(sql).use { rows ->
                rows.next()
                rows.getLong(1)
            }
        }

    override fun close() = connection.close()

    private companion object {
        const val COMPLETIONS = 120
        const val POINTS = 10
        const val SOME_DAY = 1_700_000_000_000
        val HABITS = listOf("walk" to "Take a walk", "read" to "Read", "water" to "Drink water")
        val SCHEMA =
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

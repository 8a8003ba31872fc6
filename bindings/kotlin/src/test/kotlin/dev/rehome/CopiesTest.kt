package dev.rehome

import kotlinx.coroutines.runBlocking
import java.io.File
import java.sql.Connection
import java.sql.DriverManager
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue

/** The app's own connection, which is JDBC's here: another copy of SQLite than the one that Rehome has. */
internal class OwnConnection(
    override val path: String,
) : StoreConnection,
    AutoCloseable {
    val connection: Connection = DriverManager.getConnection("jdbc:sqlite:$path")

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
}

class CopiesTest {
    @Test
    fun `a store that the app copies is carried, and no copy is left`() =
        runBlocking<Unit> {
            Phone().use { phone ->
                OwnConnection(phone.store.path).use { own ->
                    val store = Store.Copied(phone.store.name, SqliteCopies(own))
                    phone.launched(phone.configuration(store = store)) { rehome ->
                        val outcome = rehome.migration().runIfNeeded()
                        assertEquals(Ending.COMPLETE, outcome.ending, outcome.why)
                    }
                }
                assertTrue(phone.allArrived())
                assertTrue(phone.folder.walk().none { it.name == phone.store.name })
            }
        }

    @Test
    fun `a copy has what was committed, and the log is in it`() =
        copied {
            copies,
            to,
            ->
            runBlocking { copies.copy(to) }
        }

    @Test
    fun `so has one of an old system's, while somebody else reads`() =
        copied { copies, to -> copies.copyWhileNobodyWrites(to) }

    private fun copied(copy: (SqliteCopies, File) -> Unit) =
        Phone(completions = 1).use { phone ->
            val store = File(phone.folder, "it's a store.db")
            OwnConnection(store.path).use { own ->
                own.queryLong("SELECT 1 FROM (SELECT 1) WHERE 1 = 1")
                own.execSQL("PRAGMA journal_mode = WAL")
                own.execSQL("CREATE TABLE habit (id INTEGER PRIMARY KEY, title TEXT)")
                OwnConnection(store.path).use { reader ->
                    // With a reader in the middle of it, what is written now stays in the log.
                    reader.execSQL("BEGIN")
                    reader.queryLong("SELECT count(*) FROM habit")
                    own.execSQL("INSERT INTO habit (title) VALUES ('walk'), ('read')")
                    val to = File(phone.folder, "it's a copy.db")
                    own.execSQL("PRAGMA busy_timeout = 1")
                    copy(SqliteCopies(own), to)
                    OwnConnection(to.path).use { assertEquals(2, it.queryLong("SELECT count(*) FROM habit")) }
                    reader.execSQL("COMMIT")
                }
                own.execSQL("INSERT INTO habit (title) VALUES ('run')")
                assertEquals(3, own.queryLong("SELECT count(*) FROM habit"), "the app writes on")
                assertFalse(own.connection.isClosed)
            }
        }
}

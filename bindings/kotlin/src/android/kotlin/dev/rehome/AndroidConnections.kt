package dev.rehome

import android.database.sqlite.SQLiteDatabase
import androidx.sqlite.db.SupportSQLiteDatabase

/** Copies of a store that the app has open with Android's own classes. */
public fun SQLiteDatabase.copies(): StoreCopies = SqliteCopies(PlainConnection(this))

/** Copies of a store that the app has open with Room: `roomDatabase.openHelper.writableDatabase.copies()`. */
public fun SupportSQLiteDatabase.copies(): StoreCopies = SqliteCopies(RoomConnection(this))

private class PlainConnection(
    private val database: SQLiteDatabase,
) : StoreConnection {
    override val path: String get() = database.path

    override fun execSQL(sql: String) = database.execSQL(sql)

    override fun queryLong(sql: String): Long =
        database.rawQuery(sql, null).use {
            it.moveToFirst()
            it.getLong(0)
        }
}

private class RoomConnection(
    private val database: SupportSQLiteDatabase,
) : StoreConnection {
    override val path: String get() = checkNotNull(database.path) { "a store in memory cannot be copied" }

    override fun execSQL(sql: String) = database.execSQL(sql)

    override fun queryLong(sql: String): Long =
        database.query(sql).use {
            it.moveToFirst()
            it.getLong(0)
        }
}

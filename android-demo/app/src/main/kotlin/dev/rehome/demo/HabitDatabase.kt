package dev.rehome.demo

import androidx.room.Dao
import androidx.room.Database
import androidx.room.Entity
import androidx.room.Insert
import androidx.room.OnConflictStrategy
import androidx.room.PrimaryKey
import androidx.room.Query
import androidx.room.RoomDatabase
import androidx.room.Transaction
import androidx.room.Upsert
import java.time.Instant
import java.util.UUID

@Entity(tableName = "habits")
data class HabitRow(
    @PrimaryKey val id: String,
    val title: String,
    val createdAt: Long,
)

@Entity(tableName = "completions")
data class CompletionRow(
    @PrimaryKey val id: String,
    val habitId: String,
    val completedAt: Long,
)

@Entity(tableName = "xp")
data class XpRow(
    @PrimaryKey val id: String,
    val points: Int,
)

@Entity(tableName = "streaks")
data class StreakRow(
    @PrimaryKey val habitId: String,
    val current: Int,
    val longest: Int,
)

/** What the app writes: until the new side takes writes, all of it goes here. */
@Dao
abstract class HabitDao : OldStore {
    @Insert
    abstract suspend fun insert(habit: HabitRow)

    @Insert
    abstract suspend fun insert(completion: CompletionRow)

    @Upsert
    abstract suspend fun put(streak: StreakRow)

    @Insert(onConflict = OnConflictStrategy.IGNORE)
    abstract suspend fun begin(xp: XpRow)

    @Query("UPDATE xp SET points = points + :points WHERE id = :id")
    abstract suspend fun earn(
        id: String,
        points: Int,
    )

    @Query("SELECT * FROM streaks WHERE habitId = :habitId")
    abstract suspend fun streak(habitId: String): StreakRow?

    @Query("SELECT max(completedAt) FROM completions WHERE habitId = :habitId")
    abstract suspend fun lastCompletion(habitId: String): Long?

    @Transaction
    override suspend fun add(
        id: String,
        title: String,
        at: Instant,
    ) {
        insert(HabitRow(id, title, at.toEpochMilli()))
        put(StreakRow(id, current = 0, longest = 0))
    }

    @Transaction
    override suspend fun complete(
        habitId: String,
        at: Instant,
    ) {
        val before = streak(habitId)?.let { Streak(it.current, it.longest) } ?: Streak()
        val now = before.after(lastCompletion(habitId)?.let(Instant::ofEpochMilli), at)
        insert(CompletionRow(UUID.randomUUID().toString(), habitId, at.toEpochMilli()))
        put(StreakRow(habitId, now.current, now.longest))
        begin(XpRow(TOTAL, points = 0))
        earn(TOTAL, POINTS)
    }
}

@Database(entities = [HabitRow::class, CompletionRow::class, XpRow::class, StreakRow::class], version = 1)
abstract class HabitDatabase : RoomDatabase() {
    abstract fun habits(): HabitDao
}

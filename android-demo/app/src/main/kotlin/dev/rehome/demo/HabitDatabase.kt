package dev.rehome.demo

import androidx.room.Dao
import androidx.room.Database
import androidx.room.Entity
import androidx.room.Insert
import androidx.room.PrimaryKey
import androidx.room.RoomDatabase

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
interface HabitDao {
    @Insert
    suspend fun add(habit: HabitRow)

    @Insert
    suspend fun add(completion: CompletionRow)
}

@Database(entities = [HabitRow::class, CompletionRow::class, XpRow::class, StreakRow::class], version = 1)
abstract class HabitDatabase : RoomDatabase() {
    abstract fun habits(): HabitDao
}

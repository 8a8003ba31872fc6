package dev.rehome.demo

import android.app.Application
import androidx.room.Room
import androidx.work.Constraints
import androidx.work.ExistingPeriodicWorkPolicy
import androidx.work.NetworkType
import androidx.work.PeriodicWorkRequestBuilder
import androidx.work.WorkManager
import dev.rehome.AndroidDevice
import dev.rehome.Configuration
import dev.rehome.DefaultRehome
import dev.rehome.Plan
import dev.rehome.Store
import dev.rehome.UserToken
import dev.rehome.copies
import dev.rehome.rehomeFolder
import java.io.File
import java.util.concurrent.TimeUnit

/** Who is signed in: put Firebase's `currentUser` in its place. An emulator takes this token. */
object Session {
    const val USER = "ann"
    const val TOKEN = "owner"
}

class HabitApp : Application() {
    val flagsFile: File get() = File(filesDir, "flags.json")
    lateinit var database: HabitDatabase
        private set

    override fun onCreate() {
        super.onCreate()
        database = Room.databaseBuilder(this, HabitDatabase::class.java, "habits.db").build()
        DefaultRehome.configure(
            Configuration(
                folder = rehomeFolder(),
                store =
                    Store.Copied("habits.db") {
                        database.openHelper.writableDatabase
                            .copies()
                            .copy(it)
                    },
                plans = listOf(Plan("habits.toml", assets.open("habits.toml").reader().use { it.readText() })),
                project = "demo-habits",
                tokens = { UserToken(Session.TOKEN, null) },
                owner = Session.USER,
                device = AndroidDevice(this),
                flagsFile = flagsFile,
                emulator = "10.0.2.2:8080",
            ),
        )
        val often = PeriodicWorkRequestBuilder<BackfillWorker>(HOURS, TimeUnit.HOURS)
        val only = Constraints.Builder().setRequiredNetworkType(NetworkType.CONNECTED).build()
        WorkManager
            .getInstance(this)
            .enqueueUniquePeriodicWork("rehome", ExistingPeriodicWorkPolicy.KEEP, often.setConstraints(only).build())
    }

    private companion object {
        const val HOURS = 6L
    }
}

package dev.rehome

import android.app.ActivityManager
import android.content.Context
import android.net.ConnectivityManager
import android.os.BatteryManager
import android.os.PowerManager
import java.io.File

/** Rehome's folder, where no backup takes it: a journal that came back without its store would lie. */
public fun Context.rehomeFolder(): File = File(noBackupFilesDir, "rehome")

/** How this device is, by Android's own words. */
public class AndroidDevice(
    context: Context,
) : DeviceState {
    private val connectivity = context.getSystemService(Context.CONNECTIVITY_SERVICE) as ConnectivityManager
    private val power = context.getSystemService(Context.POWER_SERVICE) as PowerManager
    private val battery = context.getSystemService(Context.BATTERY_SERVICE) as BatteryManager

    override suspend fun conditions(): DeviceConditions =
        DeviceConditions(
            metered = connectivity.isActiveNetworkMetered,
            lowBattery = power.isPowerSaveMode || level() in 1..LOW,
            background = isInBackground(),
        )

    /** In percent; 0 where the device does not say. */
    private fun level() = battery.getIntProperty(BatteryManager.BATTERY_PROPERTY_CAPACITY)

    private fun isInBackground(): Boolean {
        val process = ActivityManager.RunningAppProcessInfo()
        ActivityManager.getMyMemoryState(process)
        return process.importance > ActivityManager.RunningAppProcessInfo.IMPORTANCE_VISIBLE
    }

    private companion object {
        const val LOW = 15
    }
}

package dev.rehome.demo

import android.content.Context
import androidx.work.CoroutineWorker
import androidx.work.WorkerParameters
import dev.rehome.BackfillJob
import dev.rehome.Ending

/** Goes on where the last run ended. One that the system stops winds down, and loses nothing. */
class BackfillWorker(
    context: Context,
    parameters: WorkerParameters,
) : CoroutineWorker(context, parameters) {
    override suspend fun doWork(): Result {
        val outcome = BackfillJob.runIfNeeded(Session.USER).getOrElse { return Result.failure() }
        return when (outcome.ending) {
            Ending.LATER, Ending.WAITING, Ending.NOT_QUIET, Ending.SUSPENDED -> Result.retry()
            else -> Result.success()
        }
    }
}

package dev.rehome.demo

import dev.rehome.Ending
import dev.rehome.Migration
import dev.rehome.Outcome
import dev.rehome.RehomeException
import dev.rehome.Status
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch

/** What the migration's screen shows. */
data class MigrationScreen(
    val status: Status = Status.PENDING,
    val carried: Long = 0,
    val left: Long? = null,
    val setAside: List<String> = emptyList(),
    val word: String = "",
)

/** How far one user's migration is, what is left, and what was set aside and why. */
class MigrationViewModel(
    private val migration: Migration,
    private val cutOver: CutOver,
) {
    private val shown = MutableStateFlow(MigrationScreen())

    val screen: StateFlow<MigrationScreen> get() = shown

    /** The app's launch, or a button. */
    suspend fun run() = told { migration.runIfNeeded().sentence() }

    /** A button of the developer's menu: what would be carried. */
    suspend fun rehearse() =
        told {
            val found = migration.rehearse()
            "${found.mapped} of ${found.read} records would be carried, ${found.quarantined} cannot be"
        }

    /** Another: whether everything is there. */
    suspend fun verify() =
        told {
            val found = migration.verify()
            "${found.same} documents are as they should be, ${found.missing} are missing, ${found.different} differ"
        }

    /** Another: Firestore is read from now on, once a last run has carried what was written since the one before. */
    suspend fun cutOver() =
        told {
            val delta = cutOver.toFirestore()
            if (delta.ending == Ending.COMPLETE) "Firestore is read from now on" else "not yet: ${delta.sentence()}"
        }

    /** Another: back to where it began. */
    suspend fun rollBack() =
        told {
            cutOver.back()
            "${migration.rollBack(isDryRun = false).deleted} documents were taken back"
        }

    private suspend fun told(work: suspend () -> String) {
        orWhyNot {
            val word = followed(work)
            shown.update { it.copy(word = word) }
        }
        orWhyNot { refresh() }
    }

    private suspend fun orWhyNot(work: suspend () -> Unit) =
        try {
            work()
        } catch (failed: RehomeException) {
            shown.update { it.copy(word = failed.message.orEmpty()) }
        }

    private suspend fun followed(work: suspend () -> String): String =
        coroutineScope {
            val following = launch { follow() }
            work().also { following.cancel() }
        }

    private suspend fun follow() =
        migration.progress.collect { progress ->
            val carried = progress.counters.carried
            val left = progress.expected?.let { (it - minOf(it, progress.counters.read)).toLong() }
            shown.update { it.copy(carried = carried.toLong(), left = left) }
        }

    private suspend fun refresh() {
        val state = migration.state()
        val aside = migration.setAside().map { "${it.entity} ${it.key}: ${it.reason} (${it.detail})" }
        val carried = state.counters.carried.toLong()
        shown.update { it.copy(status = state.status, carried = carried, setAside = aside) }
    }
}

private fun Outcome.sentence() = listOfNotNull(ending.name.lowercase(), why).joinToString(": ")

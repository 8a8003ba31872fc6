package dev.rehome.demo

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

    /** Another: back to where it began. */
    suspend fun rollBack() = told { "${migration.rollBack(isDryRun = false).deleted} documents were taken back" }

    private suspend fun told(work: suspend () -> String) =
        coroutineScope {
            val following = launch { follow() }
            val word =
                try {
                    work()
                } catch (failed: RehomeException) {
                    failed.message.orEmpty()
                }
            following.cancel()
            refresh(word)
        }

    private suspend fun follow() =
        migration.progress.collect { progress ->
            val carried = progress.counters.carried
            val left = progress.expected?.let { (it - minOf(it, progress.counters.read)).toLong() }
            shown.update { it.copy(carried = carried.toLong(), left = left) }
        }

    private suspend fun refresh(word: String) {
        val state = migration.state()
        val aside = migration.setAside().map { "${it.entity} ${it.key}: ${it.reason} (${it.detail})" }
        val carried = state.counters.carried.toLong()
        shown.update { it.copy(status = state.status, carried = carried, setAside = aside, word = word) }
    }
}

private fun Outcome.sentence() = listOfNotNull(ending.name.lowercase(), why).joinToString(": ")

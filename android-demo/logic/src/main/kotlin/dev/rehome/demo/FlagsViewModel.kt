package dev.rehome.demo

import dev.rehome.Rehome
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import java.io.File

/** The flags, each with what it is for this user and why; and the kill switch of the developer's menu. */
class FlagsViewModel(
    private val rehome: Rehome,
    private val user: String,
    private val file: File,
) {
    private val shown = MutableStateFlow(emptyList<String>())

    val screen: StateFlow<List<String>> get() = shown

    suspend fun refresh() {
        shown.value =
            rehome.flags
                .status()
                .flags
                .map { rehome.flags.explain(it.name, user).text }
    }

    /** Stops everything on this device, or lets it go on, by the file that a developer's build reads. */
    suspend fun allow(backfill: Boolean) {
        file.writeText("""{"backfillEnabled": $backfill, "backfillRolloutPercentage": 100}""")
        rehome.flags.refresh()
        refresh()
    }
}

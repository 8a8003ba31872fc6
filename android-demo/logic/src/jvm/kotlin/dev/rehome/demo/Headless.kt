package dev.rehome.demo

import kotlinx.coroutines.runBlocking
import kotlin.system.exitProcess

/**
 * Goes through the screens as a user and a developer do, and prints what they see: `cargo xtask demo kotlin`. It fails where
 * that is something else than is written here.
 */
fun main() =
    try {
        runBlocking { HeadlessApp.launched("ann") { walk() } }
    } catch (unexpected: Unexpected) {
        System.err.println(unexpected.message)
        exitProcess(1)
    }

private suspend fun HeadlessApp.walk() {
    habits.refresh()
    show(
        "Habits, as Room has them",
        habits.shown(),
        "Drink water: 40 times, 40 days in a row",
        "Read: 40 times, 40 days in a row",
        "Take a walk: 40 times, 40 days in a row",
        "1200 XP, read from the old side",
    )
    letIn()
    carry()
    writeOn()
    cutOver()
    goBack()
}

private suspend fun HeadlessApp.letIn() {
    flags.allow(backfill = false)
    migration.run()
    show(
        "The app starts, and nobody is let in yet",
        migration.shown(),
        "stopped: backfillEnabled is false by the local file; the next run after that has changed goes on",
        "pending, 0 carried, 0 set aside",
    )
    flags.allow(backfill = true)
    show(
        "Flags",
        flags.screen.value.take(SHOWN_FLAGS),
        "dualWriteEnabled = false (the defaults): false from the defaults",
        "backfillEnabled = true (the local file): true from the local file",
        "backfillRolloutPercentage = 100 (the local file): bucket 32994230 is at most 100000000: in",
    )
}

private suspend fun HeadlessApp.carry() {
    migration.rehearse()
    show("Developer: rehearse", migration.word(), "127 of 128 records would be carried, 1 cannot be")
    migration.run()
    show(
        "The app starts again",
        migration.shown(),
        "complete",
        "complete, 127 carried, 1 set aside",
        "completions damaged: wrong_type (text where a whole number belongs)",
    )
    migration.verify()
    show("Developer: verify", migration.word(), "127 documents are as they should be, 0 are missing, 0 differ")
}

/** Until the cut-over the old store is written, and what was carried before knows nothing of it. */
private suspend fun HeadlessApp.writeOn() {
    habits.add("Stretch")
    habits.complete(habit("Stretch"))
    habits.complete(habit("Take a walk"))
    show(
        "Habits, after a new one and two that were done",
        habits.shown(),
        "Drink water: 40 times, 40 days in a row",
        "Read: 40 times, 40 days in a row",
        "Stretch: 1 times, 1 days in a row",
        "Take a walk: 41 times, 41 days in a row",
        "1220 XP, read from the old side",
    )
    migration.verify()
    show("Developer: verify", migration.word(), "125 documents are as they should be, 4 are missing, 2 differ")
    migration.run()
    show(
        "The app starts once more, and carries what was written since",
        migration.shown(),
        "complete",
        "verified, 133 carried, 1 set aside",
        "completions damaged: wrong_type (text where a whole number belongs)",
    )
    migration.verify()
    show("Developer: verify", migration.word(), "131 documents are as they should be, 0 are missing, 0 differ")
}

/** What is written to the very last is carried before Firestore is read, and nothing is written to the old store then. */
private suspend fun HeadlessApp.cutOver() {
    habits.complete(habit("Read"))
    migration.cutOver()
    show("Developer: cut over", migration.word(), "Firestore is read from now on")
    habits.refresh()
    show("Habits, as Firestore has them", habits.shown(), *MOVED, "1230 XP, read from the new side")
    habits.complete(habit("Read"))
    show(
        "Habits, after one was done that cannot be written down",
        habits.shown(),
        *MOVED,
        "1230 XP, read from the new side",
        "Your habits are in the cloud now, which this version cannot write yet.",
    )
}

private suspend fun HeadlessApp.goBack() {
    migration.rollBack()
    show("Developer: roll back", migration.word(), "132 documents were taken back")
    habits.refresh()
    show("Habits, as Room has them still", habits.shown(), *MOVED, "1230 XP, read from the old side")
}

private val MOVED =
    arrayOf(
        "Drink water: 40 times, 40 days in a row",
        "Read: 41 times, 41 days in a row",
        "Stretch: 1 times, 1 days in a row",
        "Take a walk: 41 times, 41 days in a row",
    )

private fun HeadlessApp.habit(title: String) =
    habits.screen.value.habits
        .first { it.title == title }

private const val SHOWN_FLAGS = 3

private fun HabitsViewModel.shown(): List<String> {
    val shown = screen.value
    val habits = shown.habits.map { "${it.title}: ${it.completions} times, ${it.streak} days in a row" }
    val side = "${shown.points} XP, read from the ${shown.readFrom.name.lowercase()} side"
    return habits + listOfNotNull(side, shown.problem)
}

private fun MigrationViewModel.shown(): List<String> {
    val shown = screen.value
    val numbers = "${shown.status.name.lowercase()}, ${shown.carried} carried, ${shown.setAside.size} set aside"
    return word() + numbers + shown.setAside
}

private fun MigrationViewModel.word() = listOf(screen.value.word)

private class Unexpected(
    sentence: String,
) : Exception(sentence)

private fun show(
    title: String,
    lines: List<String>,
    vararg expected: String,
) {
    println("\n$title")
    lines.forEach { println("  $it") }
    if (lines == expected.asList()) return
    throw Unexpected("\nThe screen \"$title\" should have shown:\n" + expected.joinToString("\n") { "  $it" })
}

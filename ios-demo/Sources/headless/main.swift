// Goes through the screens as a user and a developer do, and prints what they see: `cargo xtask demo swift`. It fails where
// that is something else than is written here.
import Foundation

/// The day after the last one in the store.
let tomorrow = Date(timeIntervalSinceReferenceDate: 810_043_200)

extension HeadlessApp {
    func walk() async throws {
        await habits.load()
        try showHabits(
            "Habits, as SwiftData has them",
            "from this phone, level 2, 4800 points, 9 habits",
            "Stretch: done 23 times, streak 12",
            "Read a chapter: done 24 times, streak 11",
            "Прогулка: done 36 times, streak 78")
        try await letIn()
        try await carry()
        try await writeOn()
        try await cutOver()
        try await goBack()
    }

    private func letIn() async throws {
        developer.setAllowed(false)
        await moving.run()
        try showMoving(
            "The app starts, and nobody is let in yet",
            "Will go on later: backfillEnabled is false by the local file; the next run after that has changed goes on",
            "0 %")
        await developer.rehearse()
        try showDeveloper("rehearse", "514 records would become 506 documents, 8 cannot be moved")
        developer.setAllowed(true)
        await flags.refresh()
        await flags.explain("backfillRolloutPercentage")
        try showFlags(
            "Flags, once everybody is let in",
            "dualWriteEnabled = false (the defaults)",
            "backfillEnabled = true (the local file)",
            "backfillRolloutPercentage = 100 (the local file)",
            "backfillRolloutPercentage = 100 (the local file): bucket 32994230 is at most 100000000: in")
    }

    private func carry() async throws {
        await moving.run()
        try showMoving(
            "The app starts again",
            "506 records have moved, 8 could not be",
            "100 %",
            "left behind: Habit 3: missing_file: the file 82F96F69-3DDC-4337-8698-0C5D4FA3B3E5 is not beside the store")
        await developer.verify()
        try showDeveloper("verify", "verified: 506 the same, 0 missing, 0 different")
    }

    /// Until the cut-over the old store is written, and what was carried before knows nothing of it.
    private func writeOn() async throws {
        await habits.add("Take a walk", at: tomorrow)
        for row in habits.rows.prefix(1) + habits.rows.suffix(1) { await habits.complete(row, at: tomorrow) }
        try showHabits(
            "Habits, after a new one and two that were done",
            "from this phone, level 2, 4820 points, 10 habits",
            "Stretch: done 24 times, streak 13",
            "Read a chapter: done 24 times, streak 11",
            "Take a walk: done 1 times, streak 1")
        await developer.verify()
        try showDeveloper("verify", "not verified: 504 the same, 5 missing, 2 different")
        await moving.run()
        try showMoving(
            "The app starts once more, and carries what was written since",
            "513 records have moved, 8 could not be",
            "100 %",
            "left behind: Habit 3: missing_file: the file 82F96F69-3DDC-4337-8698-0C5D4FA3B3E5 is not beside the store")
        await developer.verify()
        try showDeveloper("verify", "verified: 511 the same, 0 missing, 0 different")
    }

    /// What is written to the very last is carried before the cloud is read, and nothing is written to the old store then.
    private func cutOver() async throws {
        if let second = habits.rows.dropFirst().first { await habits.complete(second, at: tomorrow) }
        await developer.cutOver()
        try showDeveloper("cut over", "the cloud is read from now on")
        await habits.load()
        try showHabits(
            "Habits, as the cloud has them",
            "from the cloud, level 2, 4830 points, 10 habits",
            "Stretch: done 24 times, streak 13",
            "Read a chapter: done 25 times, streak 12",
            "Take a walk: done 1 times, streak 1")
        if let first = habits.rows.first { await habits.complete(first, at: tomorrow) }
        try showHabits(
            "Habits, after one was done that cannot be written down",
            "from the cloud, level 2, 4830 points, 10 habits",
            "Stretch: done 24 times, streak 13",
            "Read a chapter: done 25 times, streak 12",
            "Take a walk: done 1 times, streak 1",
            "your data has moved, and this version of the app cannot write there yet: please update")
    }

    private func goBack() async throws {
        await developer.rollBack(dryRun: true)
        try showDeveloper("roll back, dry run", "513 documents would be deleted, 0 left as they are")
        await developer.rollBack(dryRun: false)
        try showDeveloper("roll back", "513 documents were deleted, 0 left as they are")
        await habits.load()
        try showHabits(
            "Habits, which the phone has still",
            "from this phone, level 2, 4830 points, 10 habits",
            "Stretch: done 24 times, streak 13",
            "Read a chapter: done 25 times, streak 12",
            "Take a walk: done 1 times, streak 1")
    }
}

do { try await HeadlessApp.launched("ann") { try await $0.walk() } } catch {
    FileHandle.standardError.write(Data("\n\(error)\n".utf8))
    exit(1)
}

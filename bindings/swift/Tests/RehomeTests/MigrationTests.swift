import Foundation
import Testing

@testable import Rehome

@Suite struct MigrationTests {
    @Test func aLaunchCarriesEverythingAndTellsHowFarItIs() async throws {
        let phone = try await Phone(completions: 400)
        let rehome = try await phone.open()
        let (migration, events) = (try rehome.migration(), rehome.events)
        let rehearsed = try await migration.rehearse()
        #expect(rehearsed.quarantined == 0)
        #expect(try await phone.documents() == 0, "a rehearsal sends nothing")

        let watching = Task { await migration.progress.reduce(into: []) { $0.append($1) } }
        let outcome = try await migration.runIfNeeded()
        #expect(outcome.ending == .complete && outcome.status == .complete)
        #expect(outcome.counters.created == rehearsed.mapped)
        #expect(try await phone.documents() == Int(rehearsed.mapped))
        #expect(try await migration.verify().verified)
        #expect(try await migration.state().status == .verified)
        let statistics = try await migration.statistics()
        #expect(statistics.carried.values.reduce(0, +) == rehearsed.mapped && statistics.setAside.isEmpty)

        let again = try await migration.runIfNeeded()
        #expect(again.ending == .complete && again.counters == outcome.counters, "there is nothing left to do")
        try await migration.seal()
        #expect(try await migration.runIfNeeded().ending == .closed)
        await rehome.close()

        let seen = await watching.value
        #expect(seen.first?.phase == .starting, "the first state is there at once")
        #expect(seen.last?.counters.created == outcome.counters.created, "the last state is told")
        #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.counters.read <= $1.counters.read })
        var told: [WhatHappened] = []
        for await event in events { told.append(event.what) }
        #expect(told.first == .runBegan)
        #expect(told.contains(.runEnded(outcome: outcome)))
    }

    @Test func aTaskThatIsCancelledCancelsItsRunAndTheNextLaunchGoesOn() async throws {
        let phone = try await Phone()
        let rehome = try await phone.openSlowly()
        let migration = try rehome.migration()
        let task = Task { try await migration.runIfNeeded() }
        try await phone.someAreThere()
        #expect(try await migration.state().isUnderWay)
        #expect(try await migration.runIfNeeded().ending == .alreadyRunning)
        task.cancel()
        let outcome = try await task.value
        #expect(outcome.ending == .cancelled, "\(outcome)")
        await rehome.close()
        try await theNextLaunchFinishes(phone)
    }

    @Test func aPauseHoldsUntilSomebodyResumesAndASuspensionDoesNot() async throws {
        let phone = try await Phone()
        let rehome = try await phone.openSlowly()
        let migration = try rehome.migration()
        let suspended = try await run(rehome, on: phone) { await migration.suspend() }
        #expect(suspended.ending == .suspended)
        let paused = try await run(rehome, on: phone) { migration.pause() }
        #expect(paused.ending == .paused)
        await rehome.close()

        let next = try await phone.open()
        #expect(try await next.migration().runIfNeeded().ending == .paused)
        #expect(try await next.migration().resume().ending == .complete)
        await next.close()
    }

    @Test func aProcessThatIsKilledHasLostNothing() async throws {
        let phone = try await Phone()
        let child = Process()
        let here = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        child.executableURL = here.appendingPathComponent("migrates")
        child.arguments = [
            phone.rehomesFolder.path, phone.store.path, Phone.planFile.path, phone.world.project, phone.world.firestore,
            phone.user, try await World.token(of: phone.user),
        ]
        try child.run()
        try await phone.someAreThere()
        #expect(child.isRunning)
        kill(child.processIdentifier, SIGKILL)
        child.waitUntilExit()
        #expect(child.terminationReason == .uncaughtSignal)
        try await theNextLaunchFinishes(phone)
    }

    @Test func whatWasCarriedIsTakenBackAndCarriedAnew() async throws {
        let phone = try await Phone()
        let rehome = try await phone.open()
        let migration = try rehome.migration()
        let created = try await migration.runIfNeeded().counters.created
        let would = try await migration.rollBack(dryRun: true)
        #expect(would.dryRun && would.deleted == created)
        #expect(try await migration.rollBack(dryRun: false).deleted == created)
        #expect(try await phone.documents() == 0)
        #expect(try await migration.runIfNeeded().ending == .closed, "it is not carried again by itself")
        #expect(try await migration.forceRun().ending == .complete)
        await rehome.close()
    }

    @Test func whatCannotBeMovedIsSetAsideWithAReason() async throws {
        let phone = try await Phone(completions: 300, damaged: 0.05)
        let rehome = try await phone.open()
        let migration = try rehome.migration()
        let outcome = try await migration.runIfNeeded()
        let all = try await migration.setAside()
        let first = try #require(all.first)
        #expect(phone.damaged > 0 && all.count == Int(outcome.counters.quarantined))
        #expect(all.allSatisfy { !$0.reason.isEmpty && !$0.key.isEmpty })
        let refused = try await refusal { try await rehome.signOut(phone.user) }
        #expect(refused.kind == "notAllowed" && refused.why.contains("set aside"))
        try await migration.drop([first])
        #expect(try await migration.setAside().count == all.count - 1)
        try await rehome.signOut(phone.user, .dropWhatIsSetAside)
        #expect(try await migration.setAside().isEmpty)
        await rehome.close()
    }

    @Test func whoSignsOutInMidRunKeepsTheStoreAndNobodyElseGetsIt() async throws {
        let phone = try await Phone()
        let rehome = try await phone.openSlowly()
        let outcome = try await run(rehome, on: phone) { try await rehome.signOut(phone.user) }
        #expect(outcome.ending == .suspended, "\(outcome)")
        await rehome.close()

        let other = "other-\(phone.user)"
        let token = try await World.token(of: other)
        let next = try await phone.open {
            $0.owner = other
            $0.idToken = { _ in token }
        }
        #expect(try await refusal { try await next.migration().runIfNeeded() }.kind == "notAllowed")
        #expect(try await World.count("users/\(other)/habits") == 0)
        await next.close()
        try await theNextLaunchFinishes(phone)
    }
}

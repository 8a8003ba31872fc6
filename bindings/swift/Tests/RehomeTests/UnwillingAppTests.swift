import Foundation
import Testing

@testable import Rehome

/// An app that throws, is slow or never answers harms nothing but what needs the answer.
@Suite struct UnwillingAppTests {
    struct Secret: Error {
        let password = "hunter2"
    }

    @Test func whoGivesNoTokenIsAskedLaterAndWhatTheAppThrewIsToldToNobody() async throws {
        let phone = try await Phone()
        let rehome = try await phone.open { $0.idToken = { _ in throw Secret() } }
        let outcome = try await rehome.migration().runIfNeeded()
        #expect(outcome.ending == .later)
        let why = try #require(outcome.why)
        #expect(why.contains("idToken threw Secret") && !why.contains("hunter2"), "\(why)")
        await rehome.close()

        let signedOut = try await phone.open { $0.idToken = { _ in nil } }
        #expect(try await signedOut.migration().runIfNeeded().why?.contains("nobody is signed in") == true)
        await signedOut.close()
        try await theNextLaunchFinishes(phone)
    }

    @Test func aTokenThatNeverComesKeepsNobodyFromCancellingOrClosing() async throws {
        let phone = try await Phone()
        let rehome = try await phone.open { $0.idToken = { _ in try await never() } }
        let migration = try rehome.migration()
        let cancelled = Task { try await migration.runIfNeeded() }
        while try await !migration.state().isUnderWay { await Task.yield() }
        cancelled.cancel()
        #expect(try await cancelled.value.ending == .cancelled)

        let closed = Task { try await migration.runIfNeeded() }
        while try await !migration.state().isUnderWay { await Task.yield() }
        await rehome.close()
        #expect(try await closed.value.ending == .suspended)
        try await theNextLaunchFinishes(phone)
    }

    @Test func whoSaysNothingOfTheDeviceHindersNothing() async throws {
        for answer: @Sendable () async throws -> DeviceConditions in [{ throw Secret() }, { try await never() }] {
            let phone = try await Phone()
            let rehome = try await phone.open { $0.deviceConditions = answer }
            #expect(try await rehome.migration().runIfNeeded().ending == .complete)
            await rehome.close()
        }
    }

    @Test func aWeakBatteryLetsARunWait() async throws {
        let phone = try await Phone()
        let rehome = try await phone.open {
            $0.deviceConditions = { DeviceConditions(metered: false, lowBattery: true, background: false) }
        }
        let outcome = try await rehome.migration().runIfNeeded()
        #expect(outcome.ending == .waiting && outcome.why == "the battery is low")
        await rehome.close()
    }

    @Test func aStoreThatTheAppCopiesIsCarriedAndOneThatItDoesNotCopyWaits() async throws {
        let phone = try await Phone()
        let store = phone.store
        let failing = try await phone.open { $0.store = .copied(name: "default.store") { _ in throw Secret() } }
        #expect(try await failing.migration().runIfNeeded().ending == .later)
        await failing.close()
        let rehome = try await phone.open {
            $0.store = .copied(name: "default.store") { to in try FileManager.default.copyItem(at: store, to: to) }
        }
        #expect(try await rehome.migration().runIfNeeded().ending == .complete)
        await rehome.close()
    }

    @Test func errorsSayWhatToDoAndAMistakeOfOursIsOneOfThem() async throws {
        let phone = try await Phone()
        let wrong = try await refusal {
            try await phone.open { $0.plans = [Rehome.Plan(name: "own.toml", text: "nonsense")] }
        }
        #expect(wrong.kind == "wrong" && wrong.why.contains("own.toml") && wrong.localizedDescription == wrong.why)
        let rehome = try await phone.open { $0.owner = nil }
        #expect(try await refusal { try rehome.migration() }.kind == "notSignedIn")
        await rehome.close()
        #expect(try await refusal { try await rehome.migration(of: phone.user).state() }.kind == "later")
        #expect(RehomeError(Secret()).kind == "broken", "what nobody knows is a mistake of ours")
    }
}

/// Never answers, and does not hear of being cancelled.
func never<Answer: Sendable>() async throws -> Answer {
    try await withUnsafeThrowingContinuation { (_: UnsafeContinuation<Answer, any Error>) in }
}

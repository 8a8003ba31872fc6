import Foundation
import Testing

@testable import Rehome

@Suite struct FlagsTests {
    @Test func bucketsAreThoseOfFirebasesServers() throws {
        struct Golden: Decodable {
            struct Row: Decodable {
                let seed: String
                let id: String
                let microPercent: UInt32
            }
            let buckets: [Row]
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let file = Phone.repository.appendingPathComponent("tests/golden/rollout/buckets.json")
        let golden = try decoder.decode(Golden.self, from: try Data(contentsOf: file))
        #expect(golden.buckets.count >= 15)
        for row in golden.buckets {
            #expect(rolloutBucket(seed: row.seed, key: row.id) == row.microPercent, "\(row.seed) \(row.id)")
        }
        #expect(rolloutBucket(seed: "any", key: "") == nil)
    }

    @Test func flagsSayWhoIsInAndWhy() async throws {
        let phone = try await Phone()
        let rehome = try await phone.open()
        let flags = rehome.flags
        #expect(try await flags.shouldEnableBackfill(for: phone.user))
        let why = try await flags.explain("backfillRolloutPercentage", for: phone.user)
        #expect(why.isIn == true && why.source == "the local file" && why.bucket != nil, "\(why.text)")
        let status = try await flags.status()
        #expect(status.backfillEnabled && status.backfillRolloutPercentage == 100)
        #expect(try await flags.route(for: phone.user).readsFirst == .old)
        let unknown = try await refusal { try await flags.explain("backfilEnabled", for: phone.user) }
        #expect(unknown.kind == "wrong" && unknown.why.contains("backfillEnabled"))

        try await flags.force(.out, for: .user(phone.user), because: "a tester")
        #expect(try await rehome.migration().runIfNeeded().ending == .outside)
        #expect(try await flags.explain("backfillRolloutPercentage", for: phone.user).rule.contains("a tester"))
        try await flags.lift(for: .user(phone.user))
        try await flags.force(.atStage(stage: .complete), for: .device(rehome.installation), because: "a tester")
        #expect(try await flags.route(for: phone.user).readsFirst == .new)
        try await flags.lift(for: .device(rehome.installation))
        try phone.say(Phone.none)
        let stopped = try await rehome.migration().runIfNeeded()
        #expect(stopped.ending == .stopped && stopped.why?.contains("backfillEnabled is false") == true)
        await rehome.close()
    }

    /// How long a stop may take by Remote Config while its stream is open.
    private static let bound: TimeInterval = 10

    @Test func whatIsPublishedInMidRunStopsItAndTheNextLaunchFinishesIt() async throws {
        let phone = try await Phone(completions: 300)
        let world = phone.world
        func remote(_ configuration: inout Rehome.Configuration) {
            configuration.flagsFile = nil
            configuration.remoteConfig = RemoteConfigApp(
                apiKey: world.apiKey, appId: world.appId, minimumInterval: 0, server: world.remoteConfig)
        }
        try await World.publish("backfillRolloutPercentage", "100")
        try await World.publish("backfillEnabled", "false")
        let rehome = try await phone.openSlowly(remote)
        let migration = try rehome.migration()
        #expect(try await migration.runIfNeeded().ending == .stopped, "the flag is asked first")
        #expect(try await phone.documents() == 0)

        try await World.publish("backfillEnabled", "true")
        var published = Date()
        let stopped = try await run(rehome, on: phone) {
            try await World.publish("backfillEnabled", "false")
            published = Date()
        }
        #expect(stopped.ending == .stopped && stopped.why?.contains("backfillEnabled is false") == true, "\(stopped)")
        #expect(Date().timeIntervalSince(published) < Self.bound)
        await rehome.close()

        try await World.publish("backfillEnabled", "true")
        let next = try await phone.open(remote)
        #expect(try await next.migration().runIfNeeded().ending == .complete)
        #expect(try await next.migration().verify().verified)
        await next.close()
    }
}

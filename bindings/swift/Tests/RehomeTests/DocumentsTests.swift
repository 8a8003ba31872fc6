import Foundation
import Testing

@testable import Rehome

private struct Habit: Codable, Equatable, Sendable {
    struct Streak: Codable, Equatable, Sendable {
        let current: Int
        let longest: Int
        let lastDay: Date?
    }

    let title: String
    let color: String
    let isArchived: Bool
    let createdAt: Date
    let tags: [String]?
    let target: String?
    let streak: Streak?
}

@Suite struct DocumentsTests {
    @Test func aScreenSeesTheSameBeforeAndAfter() async throws {
        let phone = try await Phone()
        let rehome = try await phone.open()
        let documents = rehome.documents(of: phone.user)
        let before = try await documents.all(phone.habits, as: Habit.self)
        let first = try #require(before.first, "the route reads the app's own store")
        #expect(try await documents.all(phone.habits, as: Habit.self, from: .new).isEmpty)
        #expect(try await rehome.migration().runIfNeeded().ending == .complete)
        let after = try await documents.all(phone.habits, as: Habit.self, from: .new)
        #expect(after.sorted { $0.path < $1.path } == before.sorted { $0.path < $1.path })

        let one = try await documents.get(first.path, as: Habit.self, from: .old)
        #expect(one == first && one?.id == first.path.split(separator: "/").last.map(String.init))
        #expect(try await documents.get("\(phone.habits)/none", as: Habit.self) == nil)
        struct Other: Decodable { let notThere: Int }
        await #expect(throws: DecodingError.self) { try await documents.get(first.path, as: Other.self) }
        await rehome.close()
    }

    @Test func aTaskThatIsCancelledReadsNoLonger() async throws {
        let phone = try await Phone()
        let token = try await World.token(of: phone.user)
        let (asked, asking) = AsyncStream.makeStream(of: Void.self)
        let rehome = try await phone.open {
            $0.idToken = { _ in
                asking.yield()
                try await Task.sleep(nanoseconds: 3_600_000_000_000)
                return token
            }
        }
        let documents = rehome.documents(of: phone.user)
        let path = "\(phone.habits)/one"
        let reading = Task { try await documents.get(path, as: Habit.self, from: .new) }
        for await _ in asked { break }
        reading.cancel()
        await #expect(throws: CancellationError.self) { try await reading.value }
        await rehome.close()
    }
}

import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The servers that these tests live with: Firestore with the repository's rules, Remote Config, and stores to move.
struct World: Decodable, Sendable {
    let firestore: String
    let remoteConfig: String
    let project: String
    let appId: String
    let apiKey: String

    struct IsMissing: Error {}
    struct Says: Error {
        let what: String
    }

    static func find() async throws -> World {
        try await ask("/")
    }

    /// Where it makes stores.
    static func folder() throws -> URL {
        URL(fileURLWithPath: try variable("REHOME_WORLD_FOLDER"))
    }

    static func token(of user: String) async throws -> String {
        struct Answer: Decodable { let token: String }
        let answer: Answer = try await ask("/token", ["user": user])
        return answer.token
    }

    /// Makes a habit app's store, and says how many of its records are damaged.
    static func makeStore(_ file: String, completions: Int, damaged: Double) async throws -> Int {
        struct Answer: Decodable { let damaged: Int }
        let asked = ["file": file, "completions": "\(completions)", "damaged": "\(damaged)"]
        let answer: Answer = try await ask("/store", asked)
        return answer.damaged
    }

    /// The habit app at work on such a store: adds a habit.
    static func addHabit(_ file: String, _ title: String, at moment: Date) async throws {
        let at = "\(moment.timeIntervalSinceReferenceDate)"
        let _: [String: String] = try await ask("/habit", ["file": file, "title": title, "at": at])
    }

    /// The same: notes that a habit was done.
    static func complete(_ file: String, habit id: String, at moment: Date) async throws {
        let at = "\(moment.timeIntervalSinceReferenceDate)"
        let _: [String: String] = try await ask("/complete", ["file": file, "habit": id, "at": at])
    }

    static func publish(_ flag: String, _ value: String) async throws {
        let _: [String: String] = try await ask("/flag", ["name": flag, "value": value])
    }

    /// How many documents lie in a collection.
    static func count(_ collection: String) async throws -> Int {
        struct Answer: Decodable { let count: Int }
        let answer: Answer = try await ask("/count", ["collection": collection])
        return answer.count
    }

    private static func ask<Answer: Decodable>(_ path: String, _ query: [String: String] = [:]) async throws -> Answer {
        guard var parts = URLComponents(string: try variable("REHOME_WORLD") + path) else { throw IsMissing() }
        parts.queryItems = query.map { URLQueryItem(name: $0.key, value: $0.value) }
        guard let url = parts.url else { throw IsMissing() }
        let (body, response) = try await URLSession.shared.data(from: url)
        guard (response as? HTTPURLResponse)?.statusCode == 200 else {
            throw Says(what: String(decoding: body, as: UTF8.self))
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Answer.self, from: body)
    }

    private static func variable(_ name: String) throws -> String {
        guard let value = ProcessInfo.processInfo.environment[name] else { throw IsMissing() }
        return value
    }
}

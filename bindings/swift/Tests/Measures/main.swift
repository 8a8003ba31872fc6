// What 1,000 documents of 10 fields cost that cross over in one call, and what it costs to decode them.
// `cargo xtask bench` starts it.
import Foundation
import Rehome

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

struct Completion: Decodable, Sendable {
    let id: UUID
    let completedAt: Date
    let day: Date
    let amount: Double?
    let isSkipped: Bool
    let note: String?
    let mood: String?
    let tags: [String]?
    let createdAt: Date
    let updatedAt: Date?
}

let plan = """
    name = "measured"
    version = 1
    from = "swiftdata"
    to = "firestore"
    leave_out = ["Habit", "Streak", "UserProfile", "XPEvent", "XPState"]

    [[move]]
    entity = "Completion"
    document = "users/{uid}/completions/{id}"

    [move.fields]
    id = "id"
    completedAt = "completedAt"
    day = "day"
    amount = "amount"
    isSkipped = "isSkipped"
    note = "note"
    mood = "mood"
    tags = "tags"
    createdAt = "createdAt"
    updatedAt = "updatedAt"
    """

let (rounds, count) = (50, 1000)

/// What Swift's side has used of the processor so far, in milliseconds: all threads but those that Rust began.
func usedBySwift() throws -> Double {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").reduce(0) { sum, thread in
        // One of Rust's may end meanwhile; Swift's stay.
        guard let name = try? String(contentsOfFile: "/proc/self/task/\(thread)/comm", encoding: .utf8),
            let said = try? String(contentsOfFile: "/proc/self/task/\(thread)/schedstat", encoding: .utf8),
            let used = said.split(separator: " ").first.flatMap({ Double($0) }),
            !name.hasPrefix("rehome"), !name.hasPrefix("tokio")
        else { return sum }
        return sum + used / 1e6
    }
}

@MainActor func milliseconds(_ work: @MainActor () async throws -> Void) async throws -> Double {
    let clock = ContinuousClock()
    let began = clock.now
    try await work()
    let took = clock.now - began
    return Double(took.components.seconds) * 1e3 + Double(took.components.attoseconds) / 1e15
}

func shown(_ milliseconds: Double) -> String { String(format: "%.2f ms", milliseconds) }

@MainActor func least(_ measure: @MainActor () async throws -> Double) async throws -> Double {
    var least = Double.infinity
    for _ in 0..<rounds { least = min(least, try await measure()) }
    return least
}

let environment = ProcessInfo.processInfo.environment
guard let world = environment["REHOME_WORLD"], let stores = environment["REHOME_WORLD_FOLDER"],
    let make = URL(string: "\(world)/store?file=measured.store&completions=\(count)")
else { fatalError("no world to measure in; cargo xtask bench makes one") }
_ = try await URLSession.shared.data(from: make)
let folder = FileManager.default.temporaryDirectory.appendingPathComponent("rehome-measures-\(UUID().uuidString)")
let store = URL(fileURLWithPath: stores).appendingPathComponent("measured.store")
let rehome = try Rehome(
    Rehome.Configuration(
        folder: folder, store: .at(store), plans: [Rehome.Plan(name: "measured.toml", text: plan)],
        project: "demo-measured", idToken: { _ in nil }))
let pages = rehome.documents(of: "ann").list("users/ann/completions", as: Completion.self)

var text = ""
// What is met once, as pages of memory and code, is met in the first rounds; the least counts.
let whole = try await least {
    try await milliseconds {
        var iterator = pages.makeAsyncIterator()
        guard try await iterator.next()?.count == count else { fatalError("a page is short") }
    }
}
let call = try await least {
    try await milliseconds {
        var iterator = pages.makeAsyncIterator()
        text = try await iterator.json() ?? ""
    }
}
let crossing = try await least {
    let before = try usedBySwift()
    var iterator = pages.makeAsyncIterator()
    _ = try await iterator.json()
    return try usedBySwift() - before
}
let decoding = try await least { try await milliseconds { _ = try decoded(text) as [Document<Completion>] } }
print(
    """
    \(count) documents of 10 fields, \(text.utf8.count / 1000) kB of JSON, in one call in Swift: \(shown(call)), of which \
    crossing over takes Swift \(shown(crossing)), and reading and mapping the app's own store the rest. Decoding them with \
    Codable takes \(shown(decoding)), so that a page takes \(shown(whole)).
    """)
await rehome.close()
try FileManager.default.removeItem(at: folder)

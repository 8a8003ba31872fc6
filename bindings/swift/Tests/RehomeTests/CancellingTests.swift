import Foundation
import Testing

@testable import Rehome

/// An app that copies its store, and does not come back from it while it is told to hang.
private actor Copies {
    private var waiting: AsyncStream<Void>.Continuation?

    /// From now on it hangs; what is answered says when it does.
    func hang() -> AsyncStream<Void> {
        let (hangs, hanging) = AsyncStream.makeStream(of: Void.self)
        waiting = hanging
        return hangs
    }

    func goOn() { waiting = nil }

    func copy(_ store: URL, to place: URL) async throws {
        if let waiting {
            waiting.yield()
            let _: Void = try await never()
        }
        try FileManager.default.copyItem(at: store, to: place)
    }
}

/// A task that is cancelled is heard of in Rust, which knows nothing of tasks.
@Suite struct CancellingTests {
    @Test func aRehearsalEndsWithItsTask() async throws {
        try await endsWithItsTask { _ = try await $0.rehearse() }
    }

    @Test func aVerificationEndsWithItsTask() async throws {
        try await endsWithItsTask { _ = try await $0.verify() }
    }

    @Test func aVerificationThatRepairsEndsWithItsTask() async throws {
        try await endsWithItsTask { _ = try await $0.verify(repairs: true) }
    }

    @Test func aRollbackEndsWithItsTask() async throws {
        try await endsWithItsTask { _ = try await $0.rollBack(dryRun: false) }
    }

    @Test func aTaskThatIsCancelledBeforehandBeginsNothing() async throws {
        let phone = try await Phone()
        let rehome = try await phone.open()
        let migration = try rehome.migration()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await migration.rehearse()
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        await rehome.close()
    }

    /// And leaves nothing behind that whoever comes next would have to wait for: neither in this process nor in another one.
    private func endsWithItsTask(_ work: @escaping @Sendable (Migration) async throws -> Void) async throws {
        let (phone, copies) = (try await Phone(), Copies())
        let store = phone.store
        let rehome = try await phone.open {
            $0.store = .copied(name: "default.store") { to in try await copies.copy(store, to: to) }
        }
        let migration = try rehome.migration()
        let created = try await migration.runIfNeeded().counters.created
        let hangs = await copies.hang()
        let task = Task { try await work(migration) }
        for await _ in hangs { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await !migration.state().isUnderWay, "it has ended when the task has")
        await copies.goOn()
        #expect(try await migration.runIfNeeded().ending == .complete)
        let widget = try await phone.open { $0.holder = "widget" }
        #expect(try await widget.migration().rollBack(dryRun: false).deleted == created)
        await widget.close()
        #expect(try await migration.forceRun().counters.created == created)
        await rehome.close()
    }
}

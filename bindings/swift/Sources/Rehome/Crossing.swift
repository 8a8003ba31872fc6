/// How a call crosses over into Rust, where nothing knows of Swift's tasks and of its errors.
import Foundation
import RehomeBindings

/// Calls, and tells what goes wrong as ``RehomeError``.
func crossing<Answer>(_ call: () throws -> Answer) throws(RehomeError) -> Answer {
    do { return try call() } catch { throw RehomeError(error) }
}

/// Waits for an answer. A task that is cancelled waits no longer and throws `CancellationError`; what was asked comes to
/// its own end, and nobody hears of it.
func reading<Answer: Sendable>(_ call: @escaping @Sendable () async throws -> Answer) async throws -> Answer {
    let answer = OneAnswer<Answer>()
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { waiting in
            guard answer.isAwaited(by: waiting) else { return }
            Task {
                do { answer.is(.success(try await call())) } catch { answer.is(.failure(RehomeError(error))) }
            }
        }
    } onCancel: {
        answer.is(.failure(CancellationError()))
    }
}

/// Waits for what takes its time. A task that is cancelled ends that, and throws `CancellationError` once it has ended.
func working<Answer>(_ call: (Cancelling) async throws -> Answer) async throws -> Answer {
    let cancelling = Cancelling()
    return try await withTaskCancellationHandler {
        do { return try await call(cancelling) } catch {
            try Task.checkCancellation()
            throw RehomeError(error)
        }
    } onCancel: {
        cancelling.cancel()
    }
}

/// Waits for the end of a run. A task that is cancelled cancels the run, and has its outcome all the same.
func running(
    cancel: @escaping @Sendable () -> Void, _ run: @Sendable () async throws -> MigrationOutcome
) async throws -> MigrationOutcome {
    try Task.checkCancellation()
    let ended = OneAnswer<Void>()
    defer { ended.is(.success(())) }
    return try await withTaskCancellationHandler {
        do { return try await run() } catch { throw RehomeError(error) }
    } onCancel: {
        // A run forgets what was wished before it began, so it is told until it has heard.
        Task {
            while !ended.isThere {
                cancel()
                try? await Task.sleep(nanoseconds: 20_000_000)
            }
        }
    }
}

/// An answer of which the first counts, and whoever waits for it. All that changes does so under the lock.
private final class OneAnswer<Answer: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var result: Result<Answer, any Error>?
    private var waiting: CheckedContinuation<Answer, any Error>?

    var isThere: Bool { lock.withLock { result != nil } }

    /// Whether it is still to be asked for. Where it is there already, it is told at once.
    func isAwaited(by continuation: CheckedContinuation<Answer, any Error>) -> Bool {
        let there = lock.withLock {
            if result == nil { waiting = continuation }
            return result
        }
        if let there { continuation.resume(with: there) }
        return there == nil
    }

    func `is`(_ new: Result<Answer, any Error>) {
        let told: CheckedContinuation<Answer, any Error>? = lock.withLock {
            if result == nil { result = new }
            defer { waiting = nil }
            return waiting
        }
        told?.resume(with: new)
    }
}

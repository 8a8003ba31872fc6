/// What happens, told to whoever listens.
import Foundation
import RehomeBindings

/// Hands on what happened. All that changes does so under the lock.
final class Broadcast: EventSink, @unchecked Sendable {
    /// How many wait for a listener that does not take them; then the oldest are forgotten.
    private static let most = 256

    private let lock = NSLock()
    private var listeners: [Int: AsyncStream<RehomeEvent>.Continuation] = [:]
    private var count = 0
    /// What happened before anybody listened.
    private var early: [RehomeEvent]? = []
    private var isOver = false

    func happened(events: [Happened]) async throws {
        tell(events)
    }

    /// Everything from now on; the first who listens hears what happened before as well.
    func listen() -> AsyncStream<RehomeEvent> {
        AsyncStream(bufferingPolicy: .bufferingNewest(Self.most)) { continuation in
            let number = lock.withLock {
                for event in early ?? [] { continuation.yield(event) }
                early = nil
                count += 1
                if isOver { continuation.finish() } else { listeners[count] = continuation }
                return count
            }
            continuation.onTermination = { [weak self] _ in self?.forget(number) }
        }
    }

    func end() {
        let all = lock.withLock {
            isOver = true
            defer { listeners = [:] }
            return listeners
        }
        for listener in all.values { listener.finish() }
    }

    private func tell(_ events: [RehomeEvent]) {
        let all = lock.withLock {
            if let waiting = early { early = (waiting + events).suffix(Self.most) }
            return Array(listeners.values)
        }
        for listener in all {
            for event in events { listener.yield(event) }
        }
    }

    private func forget(_ number: Int) {
        lock.withLock { listeners[number] = nil }
    }
}

/// One instance that a whole app shares, as `FirebaseApp` has one.
import Foundation

extension Rehome {
    /// Opens the instance that the whole app shares. To be called once at launch; calling it again replaces the instance,
    /// and whoever has the earlier one keeps it.
    ///
    /// ```swift
    /// @main struct HabitsApp: App {
    ///     init() {
    ///         FirebaseApp.configure()
    ///         do { try Rehome.configure(.habits) } catch { log(error) }
    ///     }
    /// }
    /// ```
    @discardableResult
    public static func configure(_ configuration: Configuration) throws -> Rehome {
        let opened = try Rehome(configuration)
        instance.set(opened)
        return opened
    }

    /// The instance that ``configure(_:)`` opened.
    public static var shared: Rehome? { instance.get() }

    /// Closes the shared instance, if there is one.
    public static func closeShared() async {
        await instance.set(nil)?.close()
    }

    static func configured() throws(RehomeError) -> Rehome {
        guard let shared else { throw .notConfigured }
        return shared
    }

    private static let instance = Instance()
}

/// All that changes does so under the lock.
private final class Instance: @unchecked Sendable {
    private let lock = NSLock()
    private var rehome: Rehome?

    func get() -> Rehome? { lock.withLock { rehome } }

    @discardableResult
    func set(_ new: Rehome?) -> Rehome? {
        lock.withLock {
            defer { rehome = new }
            return rehome
        }
    }
}

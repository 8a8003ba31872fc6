/// Remote Config, as the instance that ``Rehome/configure(_:)`` opened asks it.

/// Remote Config, as the shared instance asks it.
public struct RemoteConfigService: Sendable {
    public static let shared = RemoteConfigService()

    /// Asks now, however lately it was asked, and puts in force what it says. Answers whether anything changed; where it is
    /// not to be had, what was heard last stays in force.
    ///
    /// ```swift
    /// await RemoteConfigService.shared.fetchAndActivate()
    /// FeatureFlags.logCurrentStatus()
    /// ```
    @discardableResult
    public func fetchAndActivate() async -> Bool {
        do {
            return try await Rehome.configured().flags.fetchAndActivate(olderThan: 0)
        } catch {
            log("Remote Config was not heard: \(error.localizedDescription)")
            return false
        }
    }
}

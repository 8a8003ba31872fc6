/// The screen with the flags.
import Rehome

#if canImport(SwiftUI)
    import Observation
#endif

#if canImport(SwiftUI)
    @Observable
#endif
@MainActor public final class FlagsModel {
    public private(set) var lines: [FlagLine] = []
    public private(set) var explanation = ""

    private let flags: Flags
    private let user: String

    public init(_ flags: Flags, user: String) {
        (self.flags, self.user) = (flags, user)
    }

    public func load() async {
        do { lines = try await flags.status().flags } catch { explanation = error.localizedDescription }
    }

    public func refresh() async {
        do { try await flags.refresh() } catch { explanation = error.localizedDescription }
        await load()
    }

    public func explain(_ flag: String) async {
        do { explanation = try await flags.explain(flag, for: user).text } catch {
            explanation = error.localizedDescription
        }
    }
}

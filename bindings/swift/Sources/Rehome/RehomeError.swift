/// What goes wrong, as far as a screen would act differently on it.
import Foundation
import RehomeBindings

/// Why something was not done. Each says in a sentence what happened and what to do now; no user's value is in it.
///
/// ```swift
/// do {
///     try await migration.verify()
/// } catch RehomeError.notSignedIn {
///     showSignIn()
/// } catch RehomeError.later(let why) {
///     showRetry(why)
/// }
/// ```
public enum RehomeError: Error, Equatable, Sendable {
    /// Nobody is signed in, or no longer: let them sign in, then call again.
    case notSignedIn(why: String)
    /// It is not allowed: by the security rules, or because the store is another user's.
    case notAllowed(why: String)
    /// The same call may succeed later: the network is away, the phone is locked, somebody else is at work.
    case later(why: String)
    /// The plan, the store or the database is another one than before: a new generation has to begin.
    case changed(why: String)
    /// What was given cannot be used as it is: a mistake in the app, or in the plan.
    case wrong(why: String)
    /// The store is damaged, or Rehome has made a mistake: a person must look.
    case broken(why: String)

    /// What happened, and what to do now.
    public var why: String {
        switch self {
        case .notSignedIn(let why), .notAllowed(let why), .later(let why), .changed(let why), .wrong(let why),
            .broken(let why):
            why
        }
    }
}

extension RehomeError: LocalizedError {
    public var errorDescription: String? { why }
}

extension RehomeError {
    init(_ error: any Error) {
        switch error {
        case let error as RehomeError: self = error
        case RehomeBindings.RehomeError.NotSignedIn(let why): self = .notSignedIn(why: why)
        case RehomeBindings.RehomeError.NotAllowed(let why): self = .notAllowed(why: why)
        case RehomeBindings.RehomeError.Later(let why): self = .later(why: why)
        case RehomeBindings.RehomeError.Changed(let why): self = .changed(why: why)
        case RehomeBindings.RehomeError.Wrong(let why): self = .wrong(why: why)
        case RehomeBindings.RehomeError.Broken(let why): self = .broken(why: why)
        // A panic arrives as an error of the generated code, of which nobody else knows the type.
        default: self = .broken(why: "a mistake within Rehome ended this: \(error.localizedDescription)")
        }
    }

    /// Nobody has configured an instance that everybody shares.
    static let notConfigured = RehomeError.wrong(
        why: "nobody has called Rehome.configure; call it once at launch, before anything else is asked")
}

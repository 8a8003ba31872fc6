/// What an app is asked for, as Rust asks: its closures. Whatever one throws ends here, with the name of its type alone,
/// since an error of an app's may carry a user's values.
import Foundation
import RehomeBindings

final class AskedForTokens: Tokens {
    private let idToken: @Sendable (Bool) async throws -> String?
    private let appCheckToken: (@Sendable () async throws -> String)?

    init(_ configuration: Rehome.Configuration) {
        (idToken, appCheckToken) = (configuration.idToken, configuration.appCheckToken)
    }

    func token(refresh: Bool) async throws -> UserToken {
        let idToken = try await asking("idToken") { try await self.idToken(refresh) }
        guard let idToken else { throw AppError.NobodySignedIn(why: "nobody is signed in") }
        guard let appCheckToken else { return UserToken(idToken: idToken, appCheck: nil) }
        return UserToken(idToken: idToken, appCheck: try await asking("appCheckToken", appCheckToken))
    }
}

final class AskedForCopies: StoreCopies {
    private let make: @Sendable (URL) async throws -> Void

    init?(_ store: Rehome.LegacyStore) {
        guard case .copied(_, let make) = store else { return nil }
        self.make = make
    }

    func copy(to: String) async throws {
        try await asking("the copying of the store") { try await make(URL(fileURLWithPath: to)) }
    }
}

final class AskedForConditions: DeviceState {
    private let ask: @Sendable () async throws -> DeviceConditions

    init(_ ask: @escaping @Sendable () async throws -> DeviceConditions) {
        self.ask = ask
    }

    func conditions() async throws -> DeviceConditions {
        try await asking("deviceConditions", ask)
    }
}

final class AskedToUpload: Uploads {
    private let store: @Sendable (String, Data) async throws -> String

    init(_ store: @escaping @Sendable (String, Data) async throws -> String) {
        self.store = store
    }

    func upload(to: String, bytes: Data) async throws -> String {
        try await asking("upload") { try await store(to, bytes) }
    }
}

private func asking<Answer>(_ what: String, _ ask: () async throws -> Answer) async throws -> Answer {
    do { return try await ask() } catch { throw AppError.Failed(why: "\(what) threw \(type(of: error))") }
}

/// What the app does at launch.
import Foundation
import Rehome

extension Rehome.Configuration {
    /// How the habit app configures Rehome.
    public static func habits(
        store: URL, folder: URL = Rehome.standardFolder, project: String, user: String,
        idToken: @escaping @Sendable (_ refresh: Bool) async throws -> String?
    ) throws -> Self {
        var configuration = Self(
            folder: folder, store: .at(store), plans: [try .habits()], project: project, idToken: idToken)
        configuration.owner = user
        // Icons go to the app's file storage; this demo keeps their place alone.
        configuration.upload = { place, _ in place }
        return configuration
    }
}

extension Rehome.Plan {
    /// The plan that the app was built with.
    public static func habits() throws -> Self {
        guard let url = Bundle.module.url(forResource: "habits", withExtension: "toml") else {
            throw CocoaError(.fileNoSuchFile)
        }
        return try Rehome.Plan(contentsOf: url)
    }
}

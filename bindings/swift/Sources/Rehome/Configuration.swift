/// What an app says once, in Swift's words.
import Foundation
import RehomeBindings

extension Rehome {
    /// What an app says once. Only what has no default must be said.
    ///
    /// ```swift
    /// let plan = try Rehome.Plan(contentsOf: Bundle.main.url(forResource: "habits", withExtension: "toml")!)
    /// var configuration = Rehome.Configuration(
    ///     store: .at(storeURL), plans: [plan], project: "habits-1a2b3",
    ///     idToken: { refresh in try await Auth.auth().currentUser?.getIDTokenResult(forcingRefresh: refresh).token })
    /// configuration.owner = Auth.auth().currentUser?.uid
    /// ```
    public struct Configuration: Sendable {
        /// Rehome's own folder, which is made where it is not there and is taken out of backups.
        public var folder: URL
        /// Where the store is that records are moved from.
        public var store: LegacyStore
        /// The plan, or several of which one is for the store.
        public var plans: [Plan]
        /// The Firebase project's id.
        public var project: String
        /// The database's id, where the project has several.
        public var database: String?
        /// An emulator as `host:port`, in place of Google's servers.
        public var emulator: String?
        /// Who is signed in, where that does not change while this is open.
        public var owner: String?
        /// The app as Remote Config knows it; none where nobody steers through that.
        public var remoteConfig: RemoteConfigApp?
        /// The address of a document that stops everything, as `rehome/stop`, where there is one.
        public var stopDocument: String?
        /// A JSON file with flags, for development.
        public var flagsFile: URL?
        /// What flags are as long as nobody says anything of them: texts by the flags' names.
        public var defaults: [String: String] = [:]
        /// How a run goes about its work, unless flags say otherwise.
        public var tuning = RunTuning()
        /// Which kind of process this is, of which there is one at a time: `app`, `share extension`.
        public var holder: String?
        /// What tells this device from others, where the app knows: `UIDevice.current.identifierForVendor`.
        public var device: String?
        /// A folder that no backup takes, where `folder` may come out of one: the caches folder does.
        public var noBackupFolder: URL?
        /// The app's version, for the user's other devices to see.
        public var appVersion: String?

        /// The user's ID token; a fresh one where the last was not taken. None, where nobody is signed in. It is asked for
        /// each call that needs one: Firebase's client keeps it until it expires.
        public var idToken: @Sendable (_ refresh: Bool) async throws -> String?
        /// The app's App Check token, where it has one.
        public var appCheckToken: (@Sendable () async throws -> String)?
        /// How the device is. Asked before a run, and every few seconds while one goes.
        public var deviceConditions: (@Sendable () async throws -> DeviceConditions)?
        /// Stores a value that is too large for a document where the plan wants it, and answers what the document says in
        /// its place. The same bytes may come again for the same place.
        public var upload: (@Sendable (_ to: String, _ bytes: Data) async throws -> String)?

        /// What every app has to say. Rehome's own folder lies beside the app's other support files.
        public init(
            folder: URL = Rehome.standardFolder,
            store: LegacyStore,
            plans: [Plan],
            project: String,
            idToken: @escaping @Sendable (_ refresh: Bool) async throws -> String?
        ) {
            self.folder = folder
            self.store = store
            self.plans = plans
            self.project = project
            self.idToken = idToken
        }
    }

    /// Where the store is that records are moved from.
    public enum LegacyStore: Sendable {
        /// Where the app has it. The SQLite that Rehome is linked with has to be the one that the app uses; on Apple's
        /// systems both use the system's.
        case at(URL)
        /// A copy of it under this name, which the app's own connection makes at the URL whenever the store is to be read.
        case copied(name: String, by: @Sendable (_ to: URL) async throws -> Void)
    }

    /// A plan: which records become which documents.
    public struct Plan: Sendable {
        /// What it is called in messages.
        public var name: String
        /// The text.
        public var text: String

        public init(name: String, text: String) {
            self.name = name
            self.text = text
        }

        /// The plan in a file.
        public init(contentsOf url: URL) throws {
            self.init(name: url.lastPathComponent, text: try String(contentsOf: url, encoding: .utf8))
        }
    }

    /// Where Rehome keeps its memory unless an app says otherwise.
    public static var standardFolder: URL {
        let support = FileManager.default.urls(for: .applicationSupportDirectory, in: .userDomainMask).first
        return (support ?? FileManager.default.temporaryDirectory).appendingPathComponent("Rehome", isDirectory: true)
    }
}

extension Rehome.Configuration {
    var crossing: RehomeBindings.Configuration {
        let store: RehomeBindings.StoreAt =
            switch store {
            case .at(let url): .path(path: url.path)
            case .copied(let name, _): .copies(name: name)
            }
        return RehomeBindings.Configuration(
            folder: folder.path, store: store, plans: plans.map { PlanSource(name: $0.name, text: $0.text) },
            project: project, database: database, emulator: emulator, owner: owner, remoteConfig: remoteConfig,
            stopDocument: stopDocument, flagsFile: flagsFile?.path, defaults: defaults, tuning: tuning, holder: holder,
            device: device, noBackupFolder: noBackupFolder?.path, appVersion: appVersion)
    }
}

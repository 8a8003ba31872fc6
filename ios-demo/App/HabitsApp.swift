// The app as Xcode builds it. The order at launch matters: the container first, so that SwiftData has migrated its own
// store; Rehome next, which asks nobody; the run last, in the background.
import HabitTracker
import Rehome
import SwiftData
import SwiftUI

@main struct HabitsApp: App {
    private let container: ModelContainer
    private let screens: Screens?

    init() {
        do {
            container = try ModelContainer(for: Schema(HabitSchema.models))
        } catch {
            fatalError("the app's own store cannot be opened: \(error)")
        }
        screens = try? Screens(container)
    }

    var body: some Scene {
        WindowGroup {
            if let screens {
                TabView {
                    HabitsView(screens.habits).tabItem { Label("Habits", systemImage: "checkmark.circle") }
                    MigrationView(screens.moving).tabItem { Label("Move", systemImage: "arrow.up.circle") }
                    DeveloperView(screens.developer, screens.flags).tabItem {
                        Label("Developer", systemImage: "hammer")
                    }
                }
                .task(priority: .utility) { await screens.moving.run() }
            } else {
                Text("Sign in first")
            }
        }
    }
}

@MainActor struct Screens {
    let habits: HabitsModel
    let moving: MigrationModel
    let flags: FlagsModel
    let developer: DeveloperModel

    init(_ container: ModelContainer) throws {
        // With Firebase: the project's id, Auth.auth().currentUser?.uid, and getIDToken(forcingRefresh:).
        let (project, user, token) = ("demo-habits", "demo", "an ID token")
        guard let store = container.configurations.first?.url else { throw CocoaError(.fileNoSuchFile) }
        let flagsFile = URL.documentsDirectory.appending(path: "rehome-flags.json")
        var configuration = try Rehome.Configuration.habits(
            store: store, project: project, user: user, idToken: { _ in token })
        configuration.flagsFile = flagsFile
        let rehome = try Rehome.configure(configuration)
        let migration = try rehome.migration()
        let store = HabitStore(rehome, user: user, old: SwiftDataStore(modelContainer: container))
        habits = HabitsModel(store)
        moving = MigrationModel(migration)
        flags = FlagsModel(rehome.flags, user: user)
        developer = DeveloperModel(migration, store, flagsFile: flagsFile)
    }
}

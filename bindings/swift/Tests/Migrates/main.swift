// Migrates in a process of its own until it is killed. Its arguments say what.
import Foundation
import Rehome

let arguments = CommandLine.arguments
guard arguments.count == 8 else { exit(2) }
let (folder, store, plan) = (arguments[1], arguments[2], arguments[3])
let (project, emulator, owner, token) = (arguments[4], arguments[5], arguments[6], arguments[7])

var configuration = Rehome.Configuration(
    folder: URL(fileURLWithPath: folder), store: .at(URL(fileURLWithPath: store)),
    plans: [try Rehome.Plan(contentsOf: URL(fileURLWithPath: plan))], project: project, idToken: { _ in token })
configuration.emulator = emulator
configuration.upload = { to, _ in to }
configuration.defaults = ["backfillEnabled": "true", "backfillRolloutPercentage": "100"]
configuration.tuning = RunTuning(batchSize: 10, inFlight: 1, documentsPerSecond: 40)
let outcome = try await Rehome(configuration).migration(of: owner).runIfNeeded()
print(outcome.ending)

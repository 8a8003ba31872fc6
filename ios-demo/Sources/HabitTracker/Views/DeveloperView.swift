#if canImport(SwiftUI)
    import SwiftUI

    public struct DeveloperView: View {
        @State private var developer: DeveloperModel
        @State private var flags: FlagsModel

        public init(_ developer: DeveloperModel, _ flags: FlagsModel) {
            _developer = State(initialValue: developer)
            _flags = State(initialValue: flags)
        }

        public var body: some View {
            List {
                Section("Migration") {
                    Button("Rehearse") { Task { await developer.rehearse() } }
                    Button("Verify") { Task { await developer.verify() } }
                    Button("Cut over") { Task { await developer.cutOver() } }
                    Button("Roll back, dry run") { Task { await developer.rollBack(dryRun: true) } }
                    Button("Roll back", role: .destructive) { Task { await developer.rollBack(dryRun: false) } }
                    Button("Allow") { developer.setAllowed(true) }
                    Button("Stop everything", role: .destructive) { developer.setAllowed(false) }
                    Text(developer.report)
                }
                Section("Flags") {
                    ForEach(flags.lines, id: \.name) { line in
                        Button("\(line.name) = \(line.value) (\(line.source))") {
                            Task { await flags.explain(line.name) }
                        }
                    }
                    Text(flags.explanation)
                    Button("Ask again") { Task { await flags.refresh() } }
                }
            }
            .task { await flags.load() }
        }
    }
#endif

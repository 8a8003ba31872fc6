#if canImport(SwiftUI)
    import SwiftUI

    public struct HabitsView: View {
        @State private var model: HabitsModel

        public init(_ model: HabitsModel) { _model = State(initialValue: model) }

        public var body: some View {
            List {
                Section("Level \(model.level), \(model.points) points, from \(model.source)") {
                    ForEach(model.rows) { row in
                        HStack {
                            VStack(alignment: .leading) {
                                Text(row.title)
                                Text("done \(row.done) times, streak \(row.streak)").font(.caption)
                            }
                            Spacer()
                            Button("Done") { Task { await model.complete(row, at: .now) } }
                        }
                    }
                }
                if let problem = model.problem { Text(problem).foregroundStyle(.red) }
            }
            .task { await model.load() }
            .refreshable { await model.load() }
        }
    }
#endif

#if canImport(SwiftUI)
    import SwiftUI

    public struct MigrationView: View {
        @State private var model: MigrationModel

        public init(_ model: MigrationModel) { _model = State(initialValue: model) }

        public var body: some View {
            List {
                Section {
                    Text(model.headline)
                    ProgressView(value: model.fraction)
                    if let left = model.left { Text(left).font(.caption) }
                    if model.isRunning {
                        Button("Pause") { model.pause() }
                    } else {
                        Button("Go on") { Task { await model.resume() } }
                    }
                }
                if !model.leftBehind.isEmpty {
                    Section("Could not be moved") {
                        ForEach(model.leftBehind) { one in
                            VStack(alignment: .leading) {
                                Text(one.what)
                                Text(one.why).font(.caption)
                            }
                        }
                    }
                }
            }
        }
    }
#endif

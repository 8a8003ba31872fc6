/// Documents and lists of them, decoded.
import Foundation
import RehomeBindings

/// A document: where it lies, and what is in it.
public struct Document<Contents> {
    /// Its address, as `users/ann/habits/h1`.
    public let path: String
    /// The last part of that.
    public let id: String
    /// Its fields.
    public let data: Contents
}

extension Document: Sendable where Contents: Sendable {}
extension Document: Equatable where Contents: Equatable {}
extension Document: Decodable where Contents: Decodable {}

/// A user's documents, from whichever side the route says: the app's own store, Firestore, or both as long as not
/// everything is carried. What the app's own store has is shown as the plan carries it, so that a screen sees the same
/// before and after.
///
/// ```swift
/// struct Habit: Codable { let name: String; let isArchived: Bool }
///
/// let documents = rehome.documents(of: userId)
/// for try await page in documents.list("users/\(userId)/habits", as: Habit.self) {
///     habits += page.map(\.data)
/// }
/// let one = try await documents.get("users/\(userId)/habits/h1", as: Habit.self)
/// ```
///
/// To see what was written to a store since that is copied, ask for documents anew.
public struct Documents: Sendable {
    private let handle: DocumentsHandle

    init(_ handle: DocumentsHandle) {
        self.handle = handle
    }

    /// The document at a path; none where there is none.
    ///
    /// - Parameter side: the side to read, where it is not the one that the route says.
    public func get<Contents: Decodable & Sendable>(
        _ path: String, as _: Contents.Type, from side: StoreSide? = nil
    ) async throws -> Document<Contents>? {
        try await reading { [handle] in try await handle.get(path: path, from: side) }.map { try decoded($0) }
    }

    /// The documents that lie directly in a collection, a page at a time. A page may be empty and yet not the last.
    public func list<Contents: Decodable & Sendable>(
        _ collection: String, as _: Contents.Type, from side: StoreSide? = nil, pageSize: UInt32 = 1000
    ) -> DocumentPages<Contents> {
        DocumentPages(handle: handle, collection: collection, side: side, pageSize: pageSize)
    }

    /// All documents that lie directly in a collection.
    public func all<Contents: Decodable & Sendable>(
        _ collection: String, as contents: Contents.Type, from side: StoreSide? = nil
    ) async throws -> [Document<Contents>] {
        var all: [Document<Contents>] = []
        for try await page in list(collection, as: contents, from: side) { all += page }
        return all
    }
}

/// The documents of a collection, a page at a time.
public struct DocumentPages<Contents: Decodable & Sendable>: AsyncSequence, Sendable {
    public typealias Element = [Document<Contents>]

    let handle: DocumentsHandle
    let collection: String
    let side: StoreSide?
    let pageSize: UInt32

    public func makeAsyncIterator() -> Iterator {
        Iterator(pages: self)
    }

    /// One who reads through them.
    public struct Iterator: AsyncIteratorProtocol {
        let pages: DocumentPages
        private var after: String?
        private var isOver = false

        init(pages: DocumentPages) {
            self.pages = pages
        }

        public mutating func next() async throws -> [Document<Contents>]? {
            try await json().map { try decoded($0) }
        }

        /// The same as it crosses over.
        package mutating func json() async throws -> String? {
            if isOver { return nil }
            let (pages, after) = (pages, after)
            let page = try await reading {
                try await pages.handle.list(
                    collection: pages.collection, from: pages.side, after: after, limit: pages.pageSize)
            }
            (self.after, isOver) = (page.next, page.next == nil)
            return page.json
        }
    }
}

package func decoded<Value: Decodable>(_ json: String) throws -> Value {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .custom(moment)
    return try decoder.decode(Value.self, from: Data(json.utf8))
}

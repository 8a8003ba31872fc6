package dev.rehome

import dev.rehome.ffi.DocumentList
import dev.rehome.ffi.DocumentsHandle
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import java.io.Closeable

/**
 * A user's documents, read from the side that the route says, or from the one that is asked for. What the old side has is
 * shown as the plan carries it, so that a screen sees the same before and after.
 *
 * Documents come as JSON, for whatever reads JSON in the app. With kotlinx.serialization:
 *
 * ```
 * @Serializable class Stored<T>(val path: String, val id: String, val data: T)
 *
 * val habits = documents.list("users/ann/habits") { Json.decodeFromString<List<Stored<Habit>>>(it) }
 * ```
 *
 * The old store is opened, or copied, at the first read that needs it, and stays open until this is closed. To see what
 * was written to a store since that is copied, ask for documents anew.
 */
public class Documents internal constructor(
    private val handle: DocumentsHandle,
) : Closeable {
    /** The document at a path, decoded from `{"path": …, "id": …, "data": {…}}`; null where there is none. */
    public suspend fun <T> get(
        path: String,
        from: Side? = null,
        decode: (String) -> T,
    ): T? = told { handle.get(path, from) }?.let(decode)

    /** Every document that lies directly in a collection, decoded from arrays of `{"path": …, "id": …, "data": {…}}`. */
    public suspend fun <T> list(
        collection: String,
        from: Side? = null,
        decode: (String) -> List<T>,
    ): List<T> = buildList { pages(collection, from, decode = decode).collect { addAll(it) } }

    /** The same a page at a time, for collections that are large. A page may be empty and yet not the last. */
    public fun <T> pages(
        collection: String,
        from: Side? = null,
        size: Int = PAGE,
        decode: (String) -> List<T>,
    ): Flow<List<T>> =
        flow {
            var after: String? = null
            do {
                val page = page(collection, from, after, size)
                emit(decode(page.json))
                after = page.next
            } while (after != null)
        }

    private suspend fun page(
        collection: String,
        from: Side?,
        after: String?,
        size: Int,
    ): DocumentList = told { handle.list(collection, from, after, size.coerceAtLeast(1).toUInt()) }

    /** Lets go of the old store, and of a copy of it. */
    override fun close(): Unit = handle.destroy()

    private companion object {
        const val PAGE = 1000
    }
}

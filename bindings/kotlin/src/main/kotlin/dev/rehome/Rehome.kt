package dev.rehome

import dev.rehome.ffi.FlagsHandle
import dev.rehome.ffi.MigrationHandle
import dev.rehome.ffi.RehomeHandle
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import java.io.Closeable
import java.util.concurrent.atomic.AtomicBoolean

/**
 * Rehome, opened for an app. Several can be open side by side, each in a folder of its own.
 *
 * ```
 * val rehome = Rehome.open(configuration)
 * val outcome = rehome.migration("ann").runIfNeeded()
 * ```
 */
public class Rehome private constructor(
    private val handle: RehomeHandle,
    private val happened: Events,
) : Closeable {
    private val isClosed = AtomicBoolean()

    /** The id of this copy of the app on this device. */
    public val installation: String = handle.installation()

    /** The id of the installation that this is a copy of, if it is: a backup that was restored, a phone that was cloned. */
    public val copiedFrom: String? = handle.copiedFrom()

    /** Where the journal lies now that was found damaged when this was opened, if it was. */
    public val journalPutAside: String? = handle.journalPutAside()

    /** What happens, and of what happened the last 64. Whoever collects slowly misses some, and is told how many. */
    public val events: Flow<Event> get() = happened.flow

    /** The migration of a user's records; of the one whom the configuration names, where nobody is named. */
    public fun migration(owner: String? = null): Migration = Migration(this, owner)

    /** The flags, and who is in. */
    public val flags: Flags get() = Flags(this)

    /** Documents and lists of them, as a user sees them. To be closed, since it may hold a copy of the store. */
    public fun documents(owner: String): Documents = Documents(ask { documents(owner) })

    /**
     * Lets a user who signs in keep what they had taken as an anonymous one. To be told before anything is asked for under
     * their own name.
     */
    public suspend fun signIn(
        anonymous: String,
        user: String,
    ): Unit = ask { signIn(anonymous, user) }

    /**
     * Ends what is under way for a user who signs out, and forgets what is kept of their records. The store stays theirs:
     * nobody else who signs in can move what is in it.
     */
    public suspend fun signOut(
        owner: String,
        what: SignOut = SignOut.KEEP_WHAT_IS_SET_ASIDE,
    ): Unit = ask { signOut(owner, what) }

    /** Ends what is under way for a user whose account is deleted, and forgets everything of theirs for good. */
    public suspend fun deleteAccount(owner: String): Unit = ask { deleteAccount(owner) }

    /** Gives the store as it is now to whoever is carried next. */
    public suspend fun giveTheStoreAway(): Unit = ask { giveTheStoreAway() }

    /** Ends everything and waits until it has ended. What is asked afterwards is refused. */
    public suspend fun end() {
        if (isClosed.getAndSet(true)) return
        withContext(NonCancellable) {
            handle.end()
            handle.destroy()
        }
    }

    /** Begins to end everything, and does not wait for it: no thread is held up. [end] waits. */
    override fun close() {
        CoroutineScope(Dispatchers.IO).launch { end() }
    }

    internal inline fun <T> ask(call: RehomeHandle.() -> T): T {
        if (isClosed.get()) throw closed()
        return told { handle.call() }
    }

    internal inline fun <T> ofMigration(
        owner: String?,
        call: (MigrationHandle) -> T,
    ): T = ask { migration(owner).use(call) }

    internal inline fun <T> ofFlags(call: (FlagsHandle) -> T): T = ask { flags().use(call) }

    public companion object {
        /** Opens Rehome's own folder. Nobody is asked, and the app's store is not touched. */
        public suspend fun open(configuration: Configuration): Rehome =
            withContext(Dispatchers.IO) {
                val events = Events()
                val handle =
                    told {
                        RehomeHandle.open(
                            configuration.forRust(),
                            TokensOf(configuration.tokens),
                            (configuration.store as? Store.Copied)?.let { CopiesOf(it.by) },
                            configuration.device?.let(::ConditionsOf),
                            events,
                            configuration.uploads?.let(::UploadsOf),
                        )
                    }
                Rehome(handle, events)
            }
    }
}

package dev.rehome

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import java.util.logging.Logger

/** The one Rehome of an app that needs no more: [FeatureFlags], [BackfillJob] and the like ask this one. */
public object DefaultRehome {
    @Volatile
    private var opening: Opening? = null

    /**
     * Says what the app says once: in `Application.onCreate`. It is opened behind the caller's back, which waits for
     * nothing. What was open before is ended.
     */
    public fun configure(configuration: Configuration) {
        val next = Opening(configuration)
        replace(next)?.end()
        next.begin()
    }

    /** The one, once it is open. Where it could not be opened, this tries again, and says why not. */
    public suspend fun get(): Rehome = current().get()

    /** The one if it is open by now: for code that cannot wait. */
    public val opened: Rehome? get() = opening?.opened

    /** Why it is not open. */
    internal val whyNot: String
        get() =
            when (opening) {
                null -> NOT_CONFIGURED
                else -> "Rehome is not open yet; DefaultRehome.get() waits until it is, or says why it cannot be"
            }

    private fun current() = opening ?: throw RehomeException.Wrong(NOT_CONFIGURED)

    @Synchronized
    private fun replace(next: Opening): Opening? = opening.also { opening = next }

    private const val NOT_CONFIGURED =
        "nobody said how to open Rehome; call DefaultRehome.configure when the app starts"
}

/** What is open by one configuration, or about to be. */
private class Opening(
    private val configuration: Configuration,
) {
    private val one = Mutex()

    @Volatile
    private var isReplaced = false

    @Volatile
    var opened: Rehome? = null
        private set

    suspend fun get(): Rehome =
        one.withLock {
            val rehome = opened ?: Rehome.open(configuration).also { opened = it }
            // Whoever replaced this while it was being opened did not see it yet.
            if (isReplaced) rehome.close()
            rehome
        }

    /** Whatever goes wrong is told to whoever asks for it; that nobody does must not end the app. */
    @Suppress("TooGenericExceptionCaught")
    fun begin() {
        CoroutineScope(Dispatchers.IO).launch {
            try {
                get()
            } catch (failed: Throwable) {
                log.warning("Rehome could not be opened: $failed")
            }
        }
    }

    fun end() {
        isReplaced = true
        opened?.close()
    }
}

internal val log: Logger = Logger.getLogger("Rehome")

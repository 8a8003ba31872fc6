package dev.rehome

import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock

/**
 * The one Rehome of an app that needs no more: [FeatureFlags], [BackfillJob] and the like ask this one. It is opened when
 * somebody asks for the first time.
 */
public object DefaultRehome {
    private val opening = Mutex()
    private var configuration: Configuration? = null
    private var opened: Rehome? = null

    /** Says what the app says once: in `Application.onCreate`. Nothing is opened yet. What was open before is ended. */
    @Synchronized
    public fun configure(configuration: Configuration) {
        opened?.close()
        opened = null
        this.configuration = configuration
    }

    /** The one. */
    public suspend fun get(): Rehome =
        opening.withLock {
            val (open, configuration) = current()
            open ?: Rehome.open(configuration).also(::keep)
        }

    @Synchronized
    private fun current(): Pair<Rehome?, Configuration> {
        val missing = "nobody said how to open Rehome; call DefaultRehome.configure when the app starts"
        return opened to (configuration ?: throw RehomeException.Wrong(missing))
    }

    @Synchronized
    private fun keep(rehome: Rehome) {
        opened = rehome
    }
}

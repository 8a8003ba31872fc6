package dev.rehome

import dev.rehome.ffi.EventSink
import dev.rehome.ffi.Happened
import dev.rehome.ffi.WhatHappened
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableSharedFlow
import java.time.Instant

/** Something that happened. No value of a user's record is in it. */
public sealed interface Event {
    /** When. */
    public val at: Instant

    /** A run begins to read the store. */
    public data class RunBegan(
        override val at: Instant,
    ) : Event

    /** A run ended, for now or for good. */
    public data class RunEnded(
        override val at: Instant,
        val outcome: Outcome,
    ) : Event

    /** A run cannot go on until somebody has done something about it: the word for the kind of failure, and a sentence. */
    public data class RunFailed(
        override val at: Instant,
        val kind: String,
        val why: String,
    ) : Event

    /** A channel did not say what flags are: what was heard last counts. */
    public data class NotHeard(
        override val at: Instant,
        val channel: FlagChannel,
        val why: String,
    ) : Event

    /** The journal was damaged, and lies here now. What is in Firestore already will be found by looking. */
    public data class JournalPutAside(
        override val at: Instant,
        val path: String,
    ) : Event

    /** This is a copy of another installation: a backup that was restored, a phone that was cloned. */
    public data class Copied(
        override val at: Instant,
        val from: String,
    ) : Event

    /** So many events were not told, since nobody took them. */
    public data class Lost(
        override val at: Instant,
        val count: Long,
    ) : Event
}

/** Where events come in, and go on to whoever collects them. */
internal class Events : EventSink {
    private val shared = MutableSharedFlow<Event>(replay = REMEMBERED, extraBufferCapacity = WAITING)

    val flow: Flow<Event> get() = shared

    override suspend fun happened(events: List<Happened>) = events.forEach { shared.emit(it.forTheApp()) }

    private companion object {
        const val REMEMBERED = 64
        const val WAITING = 192
    }
}

private fun Happened.forTheApp(): Event =
    when (val what = what) {
        WhatHappened.RunBegan -> Event.RunBegan(at)
        is WhatHappened.RunEnded -> Event.RunEnded(at, what.outcome)
        is WhatHappened.RunFailed -> Event.RunFailed(at, what.kind, what.why)
        is WhatHappened.NotHeard -> Event.NotHeard(at, what.channel, what.why)
        is WhatHappened.JournalPutAside -> Event.JournalPutAside(at, what.path)
        is WhatHappened.Copied -> Event.Copied(at, what.from)
        is WhatHappened.Lost -> Event.Lost(at, what.count.toLong())
    }

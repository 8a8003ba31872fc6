package dev.rehome

import dev.rehome.ffi.InternalException
import kotlin.coroutines.cancellation.CancellationException
import dev.rehome.ffi.RehomeException as FromRust

/** Why something was not done. Its message says what happened and what to do now; no user's value is in it. */
public sealed class RehomeException(
    message: String,
    cause: Throwable? = null,
) : Exception(message, cause) {
    /** Nobody is signed in, or no longer: let them sign in, then call again. */
    public class NotSignedIn internal constructor(
        why: String,
    ) : RehomeException(why)

    /** It is not allowed: by the security rules, or because the store is another user's. */
    public class NotAllowed internal constructor(
        why: String,
    ) : RehomeException(why)

    /** The same call may succeed later: the network is away, somebody else is at work, or this was closed meanwhile. */
    public class Later internal constructor(
        why: String,
    ) : RehomeException(why)

    /** The plan, the store or the database is another one than before: a new generation has to begin. */
    public class Changed internal constructor(
        why: String,
    ) : RehomeException(why)

    /** What was given cannot be used as it is: a mistake in the app, or in the plan. */
    public class Wrong internal constructor(
        why: String,
    ) : RehomeException(why)

    /** The store is damaged, or Rehome has made a mistake: a person must look. */
    public class Broken internal constructor(
        why: String,
        cause: Throwable? = null,
    ) : RehomeException(why, cause)
}

/** Calls the library, and says in the app's own terms what went wrong. */
internal inline fun <T> told(call: () -> T): T =
    try {
        call()
    } catch (cancelled: CancellationException) {
        throw cancelled
    } catch (failed: FromRust) {
        throw failed.forTheApp()
    } catch (mistake: InternalException) {
        throw RehomeException.Broken("a mistake within Rehome ended this; what is on disk is whole", mistake)
    } catch (_: IllegalStateException) {
        // Nothing else in what is generated throws this: the handle is gone.
        throw closed()
    }

internal fun closed(): RehomeException = RehomeException.Later("Rehome was closed; open it again and ask once more")

internal fun FromRust.forTheApp(): RehomeException =
    when (this) {
        is FromRust.NotSignedIn -> RehomeException.NotSignedIn(why)
        is FromRust.NotAllowed -> RehomeException.NotAllowed(why)
        is FromRust.Later -> RehomeException.Later(why)
        is FromRust.Changed -> RehomeException.Changed(why)
        is FromRust.Wrong -> RehomeException.Wrong(why)
        is FromRust.Broken -> RehomeException.Broken(why)
    }

package dev.rehome

import java.io.File

/**
 * Gives the user's ID token. Asked for each call that needs one; Firebase's own library keeps it until it expires.
 *
 * ```
 * Tokens { refresh -> Firebase.auth.currentUser?.getIdToken(refresh)?.await()?.token?.let { UserToken(it, null) } }
 * ```
 */
public fun interface Tokens {
    /** The token, or null where nobody is signed in; a fresh one where [refresh] says that the last was not taken. */
    public suspend fun token(refresh: Boolean): UserToken?
}

/** Copies the app's store through the app's own connection to it: see [SqliteCopies]. */
public fun interface StoreCopies {
    /** Makes a whole copy at this place, where nothing is yet. */
    public suspend fun copy(to: File)
}

/** Says how the device is. */
public fun interface DeviceState {
    /** How it is now. Asked before a run, and every few seconds while one goes. */
    public suspend fun conditions(): DeviceConditions
}

/** Stores values that are too large for a document. */
public fun interface Uploads {
    /**
     * Stores the bytes where the plan wants them, and answers what the document says in their place. The same bytes may
     * come again for the same place.
     */
    public suspend fun upload(
        to: String,
        bytes: ByteArray,
    ): String
}

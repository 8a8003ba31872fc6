package dev.rehome

import dev.rehome.ffi.AppException
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.withContext
import java.io.File
import dev.rehome.ffi.DeviceState as AskedForConditions
import dev.rehome.ffi.StoreCopies as AskedForCopies
import dev.rehome.ffi.Tokens as AskedForTokens
import dev.rehome.ffi.Uploads as AskedForUploads

/**
 * What stands between the library and one object of the app's. Whatever that throws ends here, and of it no more than the
 * kind is told: a message may have a user's values in it. One that blocks holds one thread, however often it is asked.
 */
internal class Asked(
    private val what: String,
) {
    @OptIn(ExperimentalCoroutinesApi::class)
    private val thread = Dispatchers.IO.limitedParallelism(1)

    @Suppress("TooGenericExceptionCaught")
    suspend fun <T> of(app: suspend () -> T): T =
        try {
            withContext(thread) { app() }
        } catch (cancelled: CancellationException) {
            // Nobody waits for the answer any more, or something within the app was cancelled.
            currentCoroutineContext().ensureActive()
            throw failed(cancelled)
        } catch (failed: AppException) {
            throw failed
        } catch (thrown: Throwable) {
            throw failed(thrown)
        }

    private fun failed(thrown: Throwable) =
        AppException.Failed("the app's $what threw ${thrown::class.java.name}; its log has more")
}

internal class TokensOf(
    private val app: Tokens,
) : AskedForTokens {
    private val asked = Asked("token source")

    override suspend fun token(refresh: Boolean): UserToken =
        asked.of { app.token(refresh) ?: throw AppException.NobodySignedIn("nobody is signed in") }
}

internal class CopiesOf(
    private val app: StoreCopies,
) : AskedForCopies {
    private val asked = Asked("way of copying its store")

    override suspend fun copy(to: String) = asked.of { app.copy(File(to)) }
}

internal class ConditionsOf(
    private val app: DeviceState,
) : AskedForConditions {
    private val asked = Asked("word on the device")

    override suspend fun conditions(): DeviceConditions = asked.of { app.conditions() }
}

internal class UploadsOf(
    private val app: Uploads,
) : AskedForUploads {
    private val asked = Asked("upload")

    override suspend fun upload(
        to: String,
        bytes: ByteArray,
    ): String = asked.of { app.upload(to, bytes) }
}

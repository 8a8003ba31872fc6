package dev.rehome.demo

import java.util.concurrent.atomic.AtomicInteger

/** Each test has a user of its own, since all live in one world. */
internal object Users {
    private val count = AtomicInteger()

    fun next(): String = "demo${ProcessHandle.current().pid()}x${count.incrementAndGet()}"
}

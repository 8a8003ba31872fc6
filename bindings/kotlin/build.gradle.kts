// The Kotlin library for Android. `cargo xtask bindings android` fills src/main/jniLibs first. Versions are the app's to
// choose: this is built as part of it (`include(":rehome")` in its settings.gradle.kts), or published from here.
plugins {
    id("com.android.library")
    id("org.jetbrains.kotlin.android")
}

android {
    namespace = "dev.rehome"
    compileSdk = 35

    defaultConfig {
        // java.time is there from this version on. `cargo xtask bindings android` builds for the same.
        minSdk = 26
        consumerProguardFiles("consumer-rules.pro")
        ndk { abiFilters += listOf("arm64-v8a", "armeabi-v7a", "x86_64") }
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }

    sourceSets["main"].kotlin.srcDir("src/android/kotlin")

    // Left as they are in the package, and aligned to pages of 16 KB there.
    packaging { jniLibs { useLegacyPackaging = false } }
}

kotlin {
    explicitApi()
    jvmToolchain(17)
}

dependencies {
    api("org.jetbrains.kotlinx:kotlinx-coroutines-core:1.8.1")
    implementation("net.java.dev.jna:jna:5.17.0@aar")
    // Only an app that has Room has this.
    compileOnly("androidx.sqlite:sqlite:2.4.0")
}

// The Kotlin library for Android. `cargo xtask bindings android` fills src/main/jniLibs first. It is built as part of an
// app (`include(":rehome")` in its settings.gradle.kts, as `android-demo/` has it), or published from there:
// `gradle :rehome:publish` writes a Maven repository into build/repository, with a SHA-256 beside each file.
plugins {
    id("com.android.library")
    id("org.jetbrains.kotlin.android")
    `maven-publish`
}

group = "dev.rehome"
version = file("../../Cargo.toml").readLines().first { it.startsWith("version") }.split('"')[1]

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
    sourceSets["main"].assets.srcDir(layout.buildDirectory.dir("notices"))

    // Left as they are in the package, and aligned to pages of 16 KB there.
    packaging { jniLibs { useLegacyPackaging = false } }

    publishing { singleVariant("release") { withSourcesJar() } }
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

// Whose code is in the library: an app shows it from its assets, `rehome/THIRD-PARTY-NOTICES.txt`.
val notices by tasks.registering(Copy::class) {
    from("../THIRD-PARTY-NOTICES.txt")
    into(layout.buildDirectory.dir("notices/rehome"))
}
tasks.named("preBuild") { dependsOn(notices) }

publishing {
    publications {
        register<MavenPublication>("release") {
            artifactId = "rehome"
            afterEvaluate { from(components["release"]) }
            pom {
                name = "Rehome"
                description = "Moves an app's data to Cloud Firestore while people keep living in it."
                licenses {
                    license {
                        name = "Apache-2.0"
                        url = "https://www.apache.org/licenses/LICENSE-2.0"
                    }
                }
            }
        }
    }
    repositories {
        maven {
            name = "folder"
            url = uri(layout.buildDirectory.dir("repository"))
        }
    }
}

plugins {
    id("com.android.application")
    id("org.jetbrains.kotlin.android")
    id("org.jetbrains.kotlin.plugin.compose")
    id("com.google.devtools.ksp")
}

android {
    namespace = "dev.rehome.demo"
    compileSdk = 35

    defaultConfig {
        applicationId = "dev.rehome.demo"
        minSdk = 26
        targetSdk = 35
    }

    // Screens over the logic that is tested on the JVM. What stands for Room there is in `logic/src/jvm`.
    sourceSets["main"].kotlin.srcDir("../logic/src/main/kotlin")
    // The plan lies beside this folder.
    sourceSets["main"].assets.srcDir("../assets")

    buildFeatures { compose = true }
}

kotlin { jvmToolchain(17) }

dependencies {
    implementation(project(":rehome"))
    implementation(platform("androidx.compose:compose-bom:2024.12.01"))
    implementation("androidx.compose.material3:material3")
    implementation("androidx.activity:activity-compose:1.9.3")
    implementation("androidx.lifecycle:lifecycle-runtime-compose:2.8.7")
    implementation("androidx.room:room-ktx:2.6.1")
    ksp("androidx.room:room-compiler:2.6.1")
    implementation("androidx.work:work-runtime-ktx:2.9.1")
}

plugins {
    id("com.android.application")
    kotlin("android")
}

val models by tasks.registering(Copy::class) {
    from("../../edgenlp/models") { include("*.tflite") }
    from("../../tests/golden/models") { include("intent-dynamic.tflite", "wordpiece-dynamic.tflite") }
    into(layout.buildDirectory.dir("models"))
}

android {
    namespace = "edgenlp.demo"
    compileSdk = 36

    defaultConfig {
        applicationId = "edgenlp.demo"
        minSdk = 21
        targetSdk = 36
        versionCode = 1
        versionName = "0.1.0"
    }

    buildTypes {
        release {
            isMinifyEnabled = true
            proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"), "proguard-rules.pro")
        }
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_1_8
        targetCompatibility = JavaVersion.VERSION_1_8
    }
    kotlinOptions { jvmTarget = "1.8" }

    sourceSets["main"].kotlin.srcDir("src/main/kotlin")
    sourceSets["main"].assets.srcDir(models)

    // a compressed model cannot be mapped into memory
    androidResources { noCompress += "tflite" }
}

dependencies {
    implementation(project(":core"))
    // org.tensorflow:tensorflow-lite:2.16.1 has the same classes, for memory pages of 4 KB
    implementation("com.google.ai.edge.litert:litert:1.4.1")
}

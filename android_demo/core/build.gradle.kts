import org.jetbrains.kotlin.gradle.dsl.JvmDefaultMode
import org.jetbrains.kotlin.gradle.dsl.JvmTarget

plugins {
    kotlin("jvm")
}

kotlin {
    compilerOptions {
        jvmTarget = JvmTarget.JVM_1_8
        jvmDefault = JvmDefaultMode.DISABLE
        freeCompilerArgs.add("-Xjdk-release=8")
    }
}

java {
    sourceCompatibility = JavaVersion.VERSION_1_8
    targetCompatibility = JavaVersion.VERSION_1_8
}

// tested by Maven, with a real TensorFlow Lite: see ../README.md
sourceSets.test { kotlin.setSrcDirs(emptyList<String>()) }

tasks.processResources {
    // the very tables that Python reads
    from("../../edgenlp/text") {
        include("*.bin")
        into("edgenlp")
    }
}

#!/usr/bin/env bash
# Builds, shrinks and signs the demo as an APK without Android Studio, Gradle and Google's Maven repository.
#
#   ./make_apk.sh [more models ...]      writes app/target/edgenlp-demo.apk
#
# Needs JDK 17, Maven, and of Debian or Ubuntu: apt-get install aapt zipalign apksigner dexdump
# Kotlin's compiler, ProGuard, dx, TensorFlow Lite and Android's classes come from Maven Central. It signs with a key of
# its own: a store wants yours (KEYSTORE, KEY_ALIAS and KEY_PASSWORD).
set -euo pipefail
cd "$(dirname "$0")"

MIN_SDK=21
TARGET_SDK=36
VERSION=0.1.0
PAGE=16384 # of the largest memory pages that phones have
ABIS="arm64-v8a armeabi-v7a x86_64"
MODELS=(../edgenlp/models/*.tflite ../tests/golden/models/{intent,wordpiece}-dynamic.tflite "$@")

for tool in java javac mvn aapt aapt2 zipalign apksigner keytool dexdump unzip zip; do
    command -v "$tool" >/dev/null || {
        echo "make_apk.sh needs $tool: apt-get install openjdk-17-jdk-headless maven aapt zipalign apksigner dexdump zip unzip" >&2
        exit 1
    }
done

BUILD=app/target
TOOLS=$BUILD/tools
LIBRARIES=$BUILD/libraries
WORK=$BUILD/apk
ANDROID=$LIBRARIES/android-all.jar
JAVA_BASE=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")/jmods/java.base.jmod
step() { echo "== $*"; }

step "fetch tools and libraries, build the core"
mvn -q -B -f app/pom.xml package
mvn -q -B package -DskipTests
rm -rf "$WORK"
mkdir -p "$WORK"/{generated,classes,kotlin,tflite,tflite-api,pack/lib}
unzip -q "$LIBRARIES/tensorflow-lite.aar" -d "$WORK/tflite"
unzip -q "$LIBRARIES/tensorflow-lite-api.aar" -d "$WORK/tflite-api"

step "resources and manifest"
sed 's/<manifest /<manifest package="edgenlp.demo" /' app/src/main/AndroidManifest.xml >"$WORK/AndroidManifest.xml"
aapt2 compile --dir app/src/main/res -o "$WORK/resources.zip"
aapt2 link -I "$ANDROID" --manifest "$WORK/AndroidManifest.xml" --java "$WORK/generated" -o "$WORK/resources.apk" \
    --min-sdk-version $MIN_SDK --target-sdk-version $TARGET_SDK --version-code 1 --version-name $VERSION \
    "$WORK/resources.zip" 2>&1 | { grep -v 'is compressed' || true; }

step "Kotlin, against Android $MIN_SDK"
javac -nowarn -Xlint:-options --release 8 -d "$WORK/classes" "$WORK/generated/edgenlp/demo/R.java"
CORE=core/target/edgenlp-core-$VERSION.jar
STDLIB=$LIBRARIES/kotlin-stdlib.jar
java -cp "$TOOLS/*" org.jetbrains.kotlin.cli.jvm.K2JVMCompiler -no-stdlib -no-reflect \
    -cp "$ANDROID:$STDLIB:$CORE:$WORK/tflite/classes.jar:$WORK/tflite-api/classes.jar:$WORK/classes" \
    -api-version 1.9 -Xsuppress-version-warnings -jvm-target 1.8 -Xjdk-release=8 -jvm-default=disable -Xlambdas=class -Xsam-conversions=class -Xstring-concat=inline \
    -Xno-param-assertions -Xno-call-assertions -Xsuppress-deprecated-jvm-target-warning -Werror \
    -d "$WORK/kotlin" app/src/main/kotlin

# shrink NAME RULES LIBRARIES INPUT...: what RULES keep of all inputs, as one dex file
shrink() {
    local name=$1 rules=$2 libraries=$3 inputs=() input
    shift 3
    for input in "$@"; do inputs+=(-injars "$input(!META-INF/versions/**,!module-info.class,!META-INF/**)"); done
    java -cp "$TOOLS/*" proguard.ProGuard -verbose "${inputs[@]}" -outjars "$WORK/$name.jar" -libraryjars "$libraries" \
        -libraryjars "$JAVA_BASE(!**.jar;!module-info.class)" \
        -include "$rules" -android -target 1.7 -allowaccessmodification -overloadaggressively -repackageclasses '' \
        -optimizations '!code/allocation/variable' -dontnote -dontwarn 'org.jetbrains.annotations.**,kotlin.**,java.lang.**' \
        -printmapping "$WORK/$name.map" >"$WORK/$name.log" 2>&1 || { tail -20 "$WORK/$name.log" >&2; exit 1; }
    java -cp "$TOOLS/*" com.android.dx.command.Main --dex --min-sdk-version=$MIN_SDK --output="$WORK/$name.dex" "$WORK/$name.jar"
}

step "shrink and dex"
cat >"$WORK/app.pro" <<'RULES'
-include ../../proguard-rules.pro
-keep class edgenlp.demo.*Activity { public <init>(); }
RULES
shrink app "$WORK/app.pro" "$ANDROID" "$WORK/kotlin" "$WORK/classes" "$CORE" "$STDLIB" \
    "$WORK/tflite/classes.jar" "$WORK/tflite-api/classes.jar"

step "shrink the core alone, and let it predict"
# the most that an app can use of it: an app with one encoder has less
cat >"$WORK/core.pro" <<'RULES'
-keep public class edgenlp.* { public *; }
-keep public class edgenlp.interfaces.** { public *; }
-keep public class edgenlp.artifact.Manifest* { public *; }
RULES
shrink core "$WORK/core.pro" "$ANDROID:$STDLIB" "$CORE"
DESKTOP=$(cat desktop/target/classpath.txt)
printf '%s\n' "wake me up at 7pm" "remind me to call Zoë, and play some jazz 🤔" "พรุ่งนี้ฝนจะตกไหม" >"$WORK/texts.txt"
for model in "${MODELS[@]}"; do
    for core in "$CORE" "$WORK/core.jar"; do
        java -cp "$core:desktop/target/classes:$DESKTOP" edgenlp.desktop.PredictKt "$model" \
            <"$WORK/texts.txt" 2>/dev/null >"$WORK/$(basename "$core").txt"
    done
    cmp "$WORK/$(basename "$CORE").txt" "$WORK/core.jar.txt"
    cat "$WORK/core.jar.txt"
done

step "pack, align and sign"
cp "$WORK/app.dex" "$WORK/pack/classes.dex"
unzip -q "$WORK/app.jar" 'edgenlp/*.bin' -d "$WORK/pack"
mkdir -p "$WORK/pack/assets"
cp "${MODELS[@]}" "$WORK/pack/assets"
for abi in $ABIS; do
    mkdir -p "$WORK/pack/lib/$abi"
    cp "$WORK/tflite/jni/$abi/libtensorflowlite_jni.so" "$WORK/pack/lib/$abi"
done
cp "$WORK/resources.apk" "$WORK/unaligned.apk"
APK=$PWD/$BUILD/edgenlp-demo.apk
# models are mapped, and libraries loaded, where they stand in the APK: neither is compressed
(cd "$WORK/pack" && find . -type f | sort | zip -q -X -D -n .tflite:.so:.arsc ../unaligned.apk -@)
rm -f "$APK"
zipalign -f $PAGE "$WORK/unaligned.apk" "$WORK/aligned.apk"
if [ -z "${KEYSTORE:-}" ]; then
    KEYSTORE=$BUILD/demo.keystore KEY_ALIAS=demo KEY_PASSWORD=edgenlp-demo
    [ -f "$KEYSTORE" ] || keytool -genkeypair -keystore "$KEYSTORE" -storepass "$KEY_PASSWORD" -keypass "$KEY_PASSWORD" \
        -alias "$KEY_ALIAS" -dname "CN=edgenlp demo" -keyalg RSA -keysize 2048 -validity 10000 2>/dev/null
fi
apksigner sign --ks "$KEYSTORE" --ks-key-alias "$KEY_ALIAS" --ks-pass "pass:$KEY_PASSWORD" --min-sdk-version $MIN_SDK \
    --out "$APK" "$WORK/aligned.apk"

step "check"
apksigner verify --min-sdk-version $MIN_SDK "$APK"
zipalign -c $PAGE "$APK"
dexdump "$WORK/app.dex" >"$WORK/dexdump.txt"
for class in MainActivity BenchmarkActivity; do
    grep -q "Class descriptor  : 'Ledgenlp/demo/$class;'" "$WORK/dexdump.txt" || { echo "$class is not in the APK" >&2; exit 1; }
done
unzip -lv "$APK"
kilobytes() { echo $(($(stat -c %s "$1") / 1024)); }
without() { unzip -lv "$APK" | awk '$8 !~ /^(lib|assets)\// && $3 ~ /^[0-9]+$/ && NF == 8 { bytes += $3 } END { print int(bytes / 1024) }'; }
echo "core, without Kotlin's library, all of it kept: $(kilobytes "$WORK/core.dex") KB of dex"
echo "app with core, Kotlin's library and TensorFlow Lite's classes: $(kilobytes "$WORK/app.dex") KB of dex"
echo "APK: $(kilobytes "$APK") KB; without interpreter libraries and models $(without) KB"
aapt dump badging "$APK" | grep -E "^(package|sdkVersion|targetSdkVersion|application-label:|launchable|native-code)"

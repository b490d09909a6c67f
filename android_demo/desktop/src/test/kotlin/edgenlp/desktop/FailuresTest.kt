package edgenlp.desktop

import edgenlp.EdgeNlp
import edgenlp.EdgeNlpException
import edgenlp.Plugins
import edgenlp.Problem
import edgenlp.Repository
import edgenlp.artifact.Json
import edgenlp.artifact.ModelFile
import edgenlp.artifact.Settings
import edgenlp.classification.ClassificationHead
import edgenlp.interfaces.Classification
import edgenlp.interfaces.Decoder
import edgenlp.interfaces.Parse
import edgenlp.interfaces.Runtime
import edgenlp.interfaces.TaskHead
import edgenlp.pqrnn.Pqrnn
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import java.io.ByteArrayOutputStream
import java.io.File
import java.lang.ref.WeakReference
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.util.concurrent.Callable
import java.util.concurrent.Executors
import java.util.zip.ZipEntry
import java.util.zip.ZipOutputStream
import kotlin.random.Random

/** Bad models and odd texts: an answer, or a failure of a kind and with a sentence, and nothing else. */
class FailuresTest {
    private val whole = MODELS.getValue("intent-dynamic").readBytes()
    private val file = ModelFile.read(whole)
    private val graph = ByteArray(file.graph.remaining()).also { file.graph.duplicate().get(it) }
    private val manifest = Json.parse(String(manifestBytes())) as Map<*, *>

    @Test
    fun `a file that is no model`() {
        fails(Problem.NO_FILE) { EdgeNlp.load(File("no such file.tflite")) }
        fails(Problem.NO_FILE) { EdgeNlp.load(Repository.file("tests")) }
        fails(Problem.NOT_A_MODEL) { EdgeNlp.load(ByteArray(0)) }
        fails(Problem.NOT_A_MODEL) { EdgeNlp.load(ByteArray(100)) }
    }

    @Test
    fun `a thread that is to stop does not take a whole file for none`() {
        Thread.currentThread().interrupt()
        try {
            EdgeNlp.load(MODELS.getValue("intent-dynamic")).use { assertFalse(it.isEmpty("wake me up")) }
        } finally {
            assertTrue(Thread.interrupted())
        }
    }

    @Test
    fun `what Java may catch is declared`() {
        for (method in listOf(EdgeNlp::class.java, EdgeNlp.Companion::class.java).flatMap { it.declaredMethods.toList() }) {
            if (method.name == "predict" && java.lang.reflect.Modifier.isPublic(method.modifiers) || method.name == "load") {
                assertEquals("$method", listOf(EdgeNlpException::class.java), method.exceptionTypes.toList())
            }
        }
    }

    @Test
    fun `a model without a manifest`() {
        val plain = graph.copyOf().also { bytes ->
            // as another exporter would have left it: the manifest's name is not in its metadata either
            val name = ModelFile.MANIFEST.toByteArray()
            for (i in 0..bytes.size - name.size) if (name.indices.all { bytes[i + it] == name[it] }) bytes[i] = 'x'.code.toByte()
        }
        fails(Problem.NOT_A_MODEL) { EdgeNlp.load(plain) }
        fails(Problem.NOT_A_MODEL) { EdgeNlp.load(plain + zip(mapOf("labels.txt" to "a\n".toByteArray()))) }
    }

    @Test
    fun `a newer format, a damaged manifest, and an encoder that the app lacks`() {
        fails(Problem.NEWER_FORMAT) { EdgeNlp.load(model(manifest + ("format_version" to 2L))) }
        fails(Problem.DAMAGED) { EdgeNlp.load(model(manifest - "encoder")) }
        fails(Problem.DAMAGED) { EdgeNlp.load(graph + zip(mapOf(ModelFile.MANIFEST to "{".toByteArray()))) }
        fails(Problem.DAMAGED) { EdgeNlp.load(graph + zip(mapOf(ModelFile.MANIFEST to "[[[[".repeat(99).toByteArray()))) }
        val encoder = manifest["encoder"] as Map<*, *>
        val head = manifest["head"] as Map<*, *>
        val error = fails(Problem.MISSING_PLUGIN) { EdgeNlp.load(model(manifest + ("encoder" to encoder + ("name" to "canine")))) }
        assertTrue(error.message, "canine" in error.message!!)
        fails(Problem.MISSING_PLUGIN) { EdgeNlp.load(model(manifest + ("head" to head + ("name" to "summary")))) }
        fails(Problem.MISSING_PLUGIN) { EdgeNlp.load(whole, TensorFlowLite(), Plugins(emptyList(), emptyList())) }
        val config = encoder["config"] as Map<*, *>
        fails(Problem.DAMAGED) {
            EdgeNlp.load(model(manifest + ("encoder" to encoder + ("config" to config + ("ngram_features" to 7L)))))
        }
        fails(Problem.REFUSED) {
            EdgeNlp.load(model(manifest + ("encoder" to encoder + ("config" to config + ("ngram_features" to 72L)))))
        }
    }

    @Test
    fun `associated files that are missing`() {
        val error = fails(Problem.DAMAGED) { EdgeNlp.load(model(manifest, file.files - "labels.txt")) }
        assertTrue(error.message, "labels.txt" in error.message!!)
    }

    @Test
    fun `labels that are not the graph's`() {
        val fewer = String(file.files.getValue("labels.txt")).lines().drop(1).joinToString("\n").toByteArray()
        fails(Problem.DAMAGED) { EdgeNlp.load(model(manifest, file.files + ("labels.txt" to fewer))) }
        val parser = MODELS.getValue("parse-dynamic").readBytes()
        val parts = ModelFile.read(parser)
        val others = ModelFile.read(MODELS.getValue("mtop-en").readBytes()).files.getValue("labels.json")
        val bytes = ByteArray(parts.graph.remaining()).also { parts.graph.duplicate().get(it) }
        val described = mapOf(ModelFile.MANIFEST to manifestBytes(parser)) + parts.files + ("labels.json" to others)
        fails(Problem.DAMAGED) { EdgeNlp.load(bytes + zip(described)) }
    }

    @Test
    fun `a graph with another digest`() {
        val changed = whole.copyOf()
        changed[graph.size / 2] = (changed[graph.size / 2] + 1).toByte()
        fails(Problem.CHANGED) { EdgeNlp.load(changed) }
    }

    @Test
    fun `a file that is cut off anywhere`() {
        for (length in (0 until whole.size step 997) + (whole.size - 30 until whole.size)) {
            val cut = whole.copyOf(length)
            val error = assertThrows("$length", EdgeNlpException::class.java) { EdgeNlp.load(cut) }
            // a file that is cut off before the manifest's name could be any TFLite file
            val named = ModelFile.MANIFEST in String(cut, Charsets.ISO_8859_1)
            val expected = if (named) Problem.DAMAGED else Problem.NOT_A_MODEL
            assertEquals("$length: $error", expected, error.problem)
        }
    }

    @Test
    fun `a file that is damaged anywhere`() {
        val random = Random(3)
        repeat(300) {
            val damaged = whole.copyOf()
            repeat(random.nextInt(1, 4)) {
                val behind = random.nextBoolean()
                val place = if (behind) random.nextInt(graph.size, whole.size) else random.nextInt(whole.size)
                damaged[place] = random.nextInt().toByte()
            }
            try {
                // what no check sees, such as a time in the archive, harms no one
                EdgeNlp.load(damaged).use { it.predict("wake me up at 7") }
            } catch (error: EdgeNlpException) {
                assertTrue(error.message!!.length > 20)
            }
        }
    }

    @Test
    fun `an archive that claims absurd sizes`() {
        val archive = zip(mapOf("edgenlp.json" to ByteArray(40 shl 20)))
        fails(Problem.DAMAGED) { EdgeNlp.load(graph + archive) }
        val many = zip((0..64).associate { "$it" to ByteArray(1) })
        fails(Problem.DAMAGED) { EdgeNlp.load(graph + many) }
    }

    @Test
    fun `no interpreter`() {
        val missing = object : Runtime {
            override fun interpreter(graph: ByteBuffer) =
                throw EdgeNlpException(Problem.NO_INTERPRETER, "This app was built without TensorFlow Lite.")
        }
        fails(Problem.NO_INTERPRETER) { EdgeNlp.load(whole, missing) }
    }

    @Test
    fun `a graph that the interpreter refuses`() {
        val broken = graph.copyOf()
        broken.fill(-1, 8, 64)
        val digest = java.security.MessageDigest.getInstance("SHA-256").digest(broken).joinToString("") { "%02x".format(it) }
        val described = manifest["graph"] as Map<*, *>
        val files = mapOf(ModelFile.MANIFEST to json(manifest + ("graph" to described + ("sha256" to digest))).toByteArray()) + file.files
        fails(Problem.REFUSED) { EdgeNlp.load(broken + zip(files)) }
    }

    @Test
    fun `odd texts`() = EdgeNlp.load(MODELS.getValue("parse-dynamic")).use { model ->
        for (empty in listOf("", " ", "\n\t\u200b\u202e")) {
            assertTrue(model.isEmpty(empty))
            fails(Problem.EMPTY_TEXT) { model.predict(empty) }
        }
        fails(Problem.WRONG_INPUT) { model.predict("one", "two") }
        val long = model.predict("wake me up at seven ".repeat(20_000)) as Parse
        assertTrue(long.truncated)
        assertFalse(model.predict("wake me up at seven").truncated)
        for (odd in listOf("\ud800", "\udc00\ud800", "a\ud83db", "a\u0000", "\u0301", "\ufeff.", "x".repeat(1_000_000))) {
            val parse = model.predict(odd) as Parse
            for (slot in parse.slots) assertTrue(slot.spans.all { it.start < it.end && it.end <= odd.length })
        }
    }

    @Test
    fun `threads share a model, and a closed one says so`() {
        val model = EdgeNlp.load(MODELS.getValue("intent-none"))
        val texts = listOf("wake me up at 7", "translate hello to french", "what's my balance", "book a flight to oslo")
        val alone = texts.map { (model.predict(it) as Classification).label }
        val pool = Executors.newFixedThreadPool(8)
        val tasks = List(400) { i -> Callable { (model.predict(texts[i % texts.size]) as Classification).label } }
        pool.invokeAll(tasks).forEachIndexed { i, label -> assertEquals(alone[i % texts.size], label.get()) }
        pool.shutdown()
        model.close()
        fails(Problem.CLOSED) { model.predict("wake me up") }
    }

    @Test
    fun `a runtime gets the graph in the machine's byte order`() {
        val orders = ArrayList<ByteOrder>()
        val runtime = object : Runtime {
            override fun interpreter(graph: ByteBuffer) = TensorFlowLite().interpreter(graph).also { orders.add(graph.order()) }
        }
        EdgeNlp.load(whole, runtime).close()
        assertEquals(listOf(ByteOrder.nativeOrder()), orders)
    }

    @Test
    fun `a loaded model keeps no associated file in memory`() {
        var labels = WeakReference(ByteArray(0))
        val head = object : TaskHead by ClassificationHead.SINGLE {
            override fun decoder(settings: Settings, assets: Map<String, ByteArray>): Decoder {
                labels = WeakReference(assets.getValue("labels.txt"))
                return ClassificationHead.SINGLE.decoder(settings, assets)
            }
        }
        EdgeNlp.load(whole, TensorFlowLite(), Plugins(listOf(Pqrnn), listOf(head))).use { model ->
            for (patience in 1..50) if (labels.get() != null) System.gc()
            assertNull(labels.get())
            model.predict("wake me up at 7")
        }
    }

    private fun fails(problem: Problem, work: () -> Any?): EdgeNlpException {
        val error = assertThrows(EdgeNlpException::class.java) { work() }
        assertEquals(error.message, problem, error.problem)
        assertTrue(error.message, error.message!!.length > 20)
        return error
    }

    private fun model(manifest: Map<*, *>, files: Map<String, ByteArray> = file.files) =
        graph + zip(mapOf(ModelFile.MANIFEST to json(manifest).toByteArray()) + files)

    private fun zip(files: Map<String, ByteArray>): ByteArray {
        val out = ByteArrayOutputStream()
        ZipOutputStream(out).use { zip ->
            for ((name, content) in files) {
                zip.putNextEntry(ZipEntry(name))
                zip.write(content)
            }
        }
        return out.toByteArray()
    }

    /** JSON of what was read from JSON, without texts that need escapes. */
    private fun json(value: Any?): String = when (value) {
        is Map<*, *> -> value.entries.joinToString(",", "{", "}") { "\"${it.key}\":${json(it.value)}" }
        is List<*> -> value.joinToString(",", "[", "]") { json(it) }
        is String -> "\"$value\""
        else -> value.toString()
    }

    private fun manifestBytes(bytes: ByteArray = whole): ByteArray {
        java.util.zip.ZipFile(File.createTempFile("edgenlp", ".zip").apply {
            writeBytes(bytes)
            deleteOnExit()
        }).use { zip -> return zip.getInputStream(zip.getEntry(ModelFile.MANIFEST)).readBytes() }
    }
}

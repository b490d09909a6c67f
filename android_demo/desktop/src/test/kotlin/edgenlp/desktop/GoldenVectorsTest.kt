package edgenlp.desktop

import edgenlp.EdgeNlpException
import edgenlp.Problem
import edgenlp.Repository
import edgenlp.artifact.Json
import edgenlp.interfaces.Tensors
import edgenlp.utf16
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import kotlin.math.abs
import kotlin.math.max

/** What Python made of some texts with every model, step by step: by real models and a real TensorFlow Lite. */
class GoldenVectorsTest {
    @Test
    fun `every step of every model is that of Python`() {
        for ((name, file) in MODELS) Pieces(file).use { pieces ->
            val exact = pieces.model.manifest.quantization == "none"
            val integers = pieces.model.manifest.quantization == "int8"
            val steps = ArrayList<Double>()
            var farthest = 0.0
            var vectors = 0
            var others = 0
            for (vector in Repository.lines("tests/golden/predictions/$name.jsonl")) {
                val text = vector["text"] as String
                val expected = vector["prediction"] as Map<*, *>?
                if (expected == null) {
                    assertEquals(Problem.EMPTY_TEXT, assertThrows(EdgeNlpException::class.java) { pieces.model.predict(text) }.problem)
                    continue
                }
                val tokens = pieces.tokenize(text)
                assertEquals(text, utf16(text, vector["tokens"]), tokens.spans)
                val signature = pieces.signature(tokens)
                assertEquals(text, vector["signature"], signature)
                val inputs = pieces.inputs(tokens)
                assertEquals("$name: $text", vector["features"], digest(pieces.features(tokens)))

                val outputs = pieces.outputs(signature)
                pieces.run(signature, inputs, outputs)
                val error = farthest(vector["outputs"] as Map<*, *>, outputs)
                farthest = max(farthest, error)
                if (exact) assertTrue("$name: $text: outputs are $error apart", error <= EXACT)
                if (integers) steps.addAll(steps(vector["outputs"] as Map<*, *>, outputs))

                val again = pieces.outputs(signature)
                fill(vector["outputs"] as Map<*, *>, again)
                val decoded = pieces.model.decoder.decode(again, listOf(tokens))
                assertTrue("$name: $text: $expected, $decoded", sameAnswer(text, expected, decoded))
                assertTrue("$name: $text: score", scoreError(expected, decoded) <= SCORE)

                val found = pieces.model.predict(text)
                vectors++
                if (!sameAnswer(text, expected, found)) others++
                if (exact) assertTrue("$name: $text: $expected, $found", sameAnswer(text, expected, found))
            }
            if (integers) {
                println("$name: ${steps.count { it == 0.0 }} of ${steps.size} outputs equal, none more than ${steps.max()} steps apart")
                assertTrue("$name: outputs are ${steps.max()} steps apart", steps.max() <= MOST_STEPS)
            }
            println("$name: $vectors texts, outputs at most $farthest apart, $others other answers")
            assertTrue("$name: $others of $vectors answers differ", others <= max(1.0, MOST_TIES * vectors))
        }
    }

    @Test
    fun `the vectors that a model carries are replayed`() {
        for ((name, file) in MODELS) Pieces(file).use { pieces ->
            var vectors = 0
            var others = 0
            for (line in String(pieces.file.files.getValue("golden.jsonl")).lines()) {
                if (line.isEmpty()) continue
                val vector = Json.parse(line) as Map<*, *>
                val text = vector["text"] as String
                assertEquals("$name: $text", vector["features"], digest(pieces.features(pieces.tokenize(text))))
                vectors++
                val expected = vector["prediction"] as Map<*, *>
                val found = pieces.model.predict(text)
                if (!sameAnswer(text, expected, found)) {
                    // an answer of at most even odds may give way to another that is as probable
                    val odds = (expected["score"] as Number).toDouble()
                    assertTrue("$name: $text: $expected, $found", max(odds, score(found)) <= EVEN_ODDS)
                    others++
                }
            }
            assertTrue("$name: $others of $vectors answers differ", others <= max(1.0, MOST_TIES * vectors))
        }
    }

    /** Greatest distance of an output from Python's, as a share of it where it is above 1. */
    private fun farthest(expected: Map<*, *>, outputs: Tensors): Double {
        var farthest = 0.0
        for ((name, values) in expected) {
            val found = outputs.getValue(name as String).floats()
            flat(values).forEachIndexed { i, value -> farthest = max(farthest, abs(found[i] - value) / max(1.0, abs(value))) }
        }
        return farthest
    }

    /** How far outputs are from Python's, in steps of their scale. */
    private fun steps(expected: Map<*, *>, outputs: Tensors): List<Double> = expected.flatMap { (name, values) ->
        val tensor = outputs.getValue(name as String)
        val found = tensor.floats()
        flat(values).mapIndexed { i, value -> Math.rint(abs(found[i] - value) / tensor.type.scale) }
    }

    private fun fill(expected: Map<*, *>, outputs: Tensors) {
        for ((name, values) in expected) {
            val flat = flat(values)
            outputs.getValue(name as String).write(0, FloatArray(flat.size) { flat[it].toFloat() })
        }
    }

    private fun flat(values: Any?): List<Double> =
        if (values is List<*>) values.flatMap(::flat) else listOf((values as Number).toDouble())

    private companion object {
        const val EXACT = 1e-5
        const val SCORE = 1e-5
        const val EVEN_ODDS = 0.55
        const val MOST_TIES = 0.1
        const val MOST_STEPS = 1.0
    }
}

package edgenlp.parsing

import edgenlp.EdgeNlpException
import edgenlp.Problem
import edgenlp.interfaces.Parse
import edgenlp.interfaces.Tokens
import edgenlp.tensor
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import kotlin.math.abs
import kotlin.math.exp
import kotlin.random.Random

/** The search against all answers that there are. */
class SearchTest {
    private val labels = Labels.read(
        """{"intents":["A","B"],"tags":[["O"],["B","x"],["I","x"],["C","x"],["B","y"],["C","y"]],
           "legal":[[0,1,2,3],[0,1,3,4,5]],"repeatable":[]}""".toByteArray(),
    )
    private val grammar = Grammar(labels)

    @Test
    fun `no well-formed answer has a greater total`() {
        val random = Random(7)
        val search = Search(labels, grammar, null)
        repeat(300) {
            val intents = FloatArray(2) { random.nextFloat() * 4 }
            val rows = Array(4) { FloatArray(6) { random.nextFloat() * 4 } }
            val found = search.best(intents, rows)
            assertTrue(grammar.allows(found.intent, found.tags, found.tags.size))
            assertEquals(exhaustive(intents, rows), found.total, 1e-9)
        }
    }

    private fun exhaustive(intents: FloatArray, rows: Array<FloatArray>): Double {
        var best = Double.NEGATIVE_INFINITY
        val tags = IntArray(rows.size)
        fun visit(token: Int, intent: Int, total: Double) {
            if (token == rows.size) {
                if (total > best && grammar.allows(intent, tags, tags.size)) best = total
                return
            }
            for (tag in labels.tags.indices) {
                tags[token] = tag
                visit(token + 1, intent, total + rows[token][tag])
            }
        }
        for (intent in intents.indices) visit(0, intent, intents[intent].toDouble())
        return best
    }

    @Test
    fun `logits that leave no answer give the first intent alone, as in Python and C`() {
        val labels = Labels.read(
            """{"intents":["A","B"],"tags":[["O"],["B","x"],["I","x"]],"legal":[[0,1,2],[0,1,2]],"repeatable":[]}""".toByteArray(),
        )
        val infinite = Float.POSITIVE_INFINITY
        for (logits in listOf(
            floatArrayOf(-infinite, -infinite, 5f, 0f, 0f, 0f),
            floatArrayOf(0f, 0f, infinite, 0f, 0f, infinite),
            floatArrayOf(Float.NaN, Float.NaN, Float.NaN, 0f, 0f, 5f),
        )) {
            val outputs = mapOf("intent" to tensor(0f, 1f), "tags" to tensor(*logits, shape = intArrayOf(1, 2, 3)))
            val tokens = Tokens("w w", intArrayOf(0, 1, 2, 3), 2, false)
            val parse = TreeDecoder(labels, null).decode(outputs, listOf(tokens)) as Parse
            assertEquals(logits.toList().toString(), "[A ]", parse.tree)
        }
    }

    @Test
    fun `either zero is as great as the other`() {
        val answer = Search(labels, grammar, null).best(floatArrayOf(-0f, -0f), arrayOf(floatArrayOf(-0f, 0f, -0f, -0f, -0f, -0f)))
        assertEquals(listOf(0), answer.tags.toList())
    }

    @Test
    fun `paths are as long as C takes them, and no longer`() {
        fun labels(length: Int): Labels {
            val path = List(length) { if (it % 2 == 0) "\"s\"" else "\"i\"" }.joinToString(",")
            return Labels.read("""{"intents":["A"],"tags":[["O"],["B",$path]],"legal":[[0,1]],"repeatable":[]}""".toByteArray())
        }
        val tree = TreeBuilder("A", Tokens("w", intArrayOf(0, 1), 1, false), emptySet()).apply { add(labels(63).tags[1], 0) }.tree()
        assertEquals(1 + 63, generateSequence(tree) { it.children.firstOrNull() }.count())
        for (length in listOf(65, 20_001)) {
            assertEquals(Problem.DAMAGED, assertThrows(EdgeNlpException::class.java) { labels(length) }.problem)
        }
    }

    @Test
    fun `a probability is as exact as it says`() {
        val random = Random(5)
        repeat(1000) {
            val logits = FloatArray(20) { random.nextFloat() * 64 - 32 }
            val expected = 1 / logits.sumOf { exp(it.toDouble() - logits[0]) }
            assertEquals(expected, Softmax.probability(logits, 0, logits.size, 0), 2e-6 * expected)
        }
    }

    @Test
    fun `the fast power is e to the power of x`() {
        for (i in -29_000..29_000) {
            val x = i / 1000.0 + 0.0003
            assertTrue("$x", abs(Softmax.power(x) / exp(x) - 1) < 1e-10)
        }
        assertEquals(0.0, Softmax.power(-1000.0), 1e-12)
        assertEquals(exp(650.0), Softmax.power(650.0), exp(630.0))
        assertEquals(Double.POSITIVE_INFINITY, Softmax.power(1000.0), 0.0)
    }
}

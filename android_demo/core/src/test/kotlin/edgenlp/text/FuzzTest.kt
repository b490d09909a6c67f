package edgenlp.text

import edgenlp.Repository
import edgenlp.interfaces.PieceTokens
import edgenlp.interfaces.Tokens
import edgenlp.pqrnn.GOLDEN_SETTINGS
import edgenlp.pqrnn.Pqrnn
import edgenlp.pqrnn.PqrnnFeaturizer
import edgenlp.pqrnn.rows
import edgenlp.text.vocabulary.readVocabulary
import org.junit.Assert.assertEquals
import org.junit.Assume.assumeTrue
import org.junit.Test
import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.util.zip.CRC32

/** Random and mutated Unicode strings, which `tools/make_fuzz.py` writes with digests of what Python makes of them. */
class FuzzTest {
    @Test
    fun `every string has the tokens, features and pieces of Python`() {
        val file = System.getProperty("edgenlp.fuzz")
        assumeTrue("the fuzz test needs -Dedgenlp.fuzz=FILE, which python tools/make_fuzz.py FILE writes", file != null)
        val featurizer = Pqrnn.featurizer(GOLDEN_SETTINGS, emptyMap()) as PqrnnFeaturizer
        val vocabularies = listOf("uncased", "cased", "unigram").map {
            readVocabulary(Repository.file("tests/golden/vocabulary/$it").readBytes())
        }
        var count = 0
        File(file!!).forEachLine { line ->
            if (line.startsWith("#")) return@forEachLine
            val text = text(line.substringBefore(' '))
            val tokens = featurizer.tokenize(text, TOKENS)
            val digests = listOf(crc(spans(text, tokens)), crc(featurizer.rows(tokens))) +
                vocabularies.map { crc(spans(text, it.tokenize(text, PIECES))) }
            val found = digests.joinToString(" ") { "%08x".format(it) }
            assertEquals(line, line.substringAfter(' '), found)
            count++
        }
        println("fuzz: $count strings have the tokens, features and pieces of Python")
    }

    private fun text(points: String): String {
        if (points == "-") return ""
        val text = StringBuilder()
        for (point in points.split('.')) text.appendCodePoint(point.toInt(16))
        return text.toString()
    }

    /** Ids where there are any, starts and ends in code points, and whether there was more. */
    private fun spans(text: String, tokens: Tokens): ByteArray {
        val numbers = ArrayList<Int>()
        for (i in 0 until tokens.size) {
            if (tokens is PieceTokens) numbers.add(tokens.ids[i])
            numbers.add(text.codePointCount(0, tokens.start(i)))
            numbers.add(text.codePointCount(0, tokens.end(i)))
        }
        numbers.add(if (tokens.truncated) 1 else 0)
        val bytes = ByteBuffer.allocate(Int.SIZE_BYTES * numbers.size).order(ByteOrder.LITTLE_ENDIAN)
        numbers.forEach(bytes::putInt)
        return bytes.array()
    }

    private fun crc(bytes: ByteArray): Long = CRC32().apply { update(bytes) }.value

    private companion object {
        const val TOKENS = 32
        const val PIECES = 48
    }
}

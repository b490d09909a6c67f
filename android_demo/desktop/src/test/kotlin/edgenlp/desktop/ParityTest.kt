package edgenlp.desktop

import edgenlp.Repository
import edgenlp.EdgeNlp
import org.junit.Assert.assertTrue
import org.junit.Assume.assumeTrue
import org.junit.Test
import java.io.File

/** Python's answers to many texts, which `edgenlp predict --json < TEXTS > FILE` writes. */
class ParityTest {
    @Test
    fun `nearly all answers of a quantized model are those of Python`() {
        val file = System.getProperty("edgenlp.parity")
        assumeTrue("the test needs -Dedgenlp.parity=FILE, which edgenlp predict --json < TEXTS writes", file != null)
        val model = System.getProperty("edgenlp.parity.model")?.let(::File) ?: MODELS.getValue("mtop-en")
        var texts = 0
        var same = 0
        EdgeNlp.load(model).use {
            for (expected in Repository.lines(File(file!!))) {
                val text = expected["text"] as String
                texts++
                if (sameAnswer(text, expected, it.predict(text))) same++
            }
        }
        println("parity: $same of $texts answers are those of Python (%.2f %%)".format(100.0 * same / texts))
        assertTrue("$same of $texts", same >= LEAST * texts)
    }

    private companion object {
        const val LEAST = 0.995
    }
}

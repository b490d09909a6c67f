package edgenlp.classification

import edgenlp.interfaces.Classification
import edgenlp.interfaces.Tokens
import edgenlp.tensor
import org.junit.Assert.assertEquals
import org.junit.Test

class LabelDecoderTest {
    @Test
    fun `either zero is as great as the other`() {
        val outputs = mapOf("label" to tensor(-1f, -0f, 0f))
        val tokens = Tokens("w", intArrayOf(0, 1), 1, false)
        val answer = LabelDecoder(listOf("a", "b", "c")).decode(outputs, listOf(tokens)) as Classification
        assertEquals("b", answer.label)
    }
}

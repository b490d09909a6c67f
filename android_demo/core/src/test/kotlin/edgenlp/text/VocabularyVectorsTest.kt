package edgenlp.text

import edgenlp.EdgeNlpException
import edgenlp.Problem
import edgenlp.Repository
import edgenlp.text.vocabulary.readVocabulary
import edgenlp.utf16
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Test

/** The golden strings in three vocabularies: the same pieces at the same places as in Python. */
class VocabularyVectorsTest {
    @Test
    fun `every golden string has the pieces of Python`() {
        val vocabularies = KINDS.associateWith { kind ->
            readVocabulary(Repository.file("tests/golden/vocabulary/$kind").readBytes())
        }
        for (vector in Repository.lines("tests/golden/vocabulary.jsonl")) {
            val text = vector["text"] as String
            for ((kind, vocabulary) in vocabularies) {
                val expected = vector[kind] as Map<*, *>
                val pieces = vocabulary.tokenize(text, LIMIT)
                assertEquals("$kind: $text", expected["ids"], pieces.ids.take(pieces.size).map { it.toLong() })
                assertEquals("$kind: $text", utf16(text, expected["spans"]), pieces.spans)
                assertEquals("$kind: $text", expected["truncated"], pieces.truncated)
            }
        }
    }

    @Test
    fun `a damaged vocabulary is refused with a sentence`() {
        for ((content, problem) in DAMAGED) {
            val error = assertThrows(content, EdgeNlpException::class.java) { readVocabulary(content.toByteArray()) }
            assertEquals(content, problem, error.problem)
        }
    }

    private companion object {
        const val LIMIT = 48
        val KINDS = listOf("uncased", "cased", "unigram")
        val DAMAGED = mapOf(
            "" to Problem.DAMAGED,
            "{}\n[PAD]\n[UNK]\n" to Problem.NEWER_FORMAT,
            """{"edgenlp_vocabulary": 2, "kind": "wordpiece", "lowercase": true}""" to Problem.NEWER_FORMAT,
            """{"edgenlp_vocabulary": 1, "kind": "wordpiece"}""" to Problem.DAMAGED,
            "{\"edgenlp_vocabulary\": 1, \"kind\": \"wordpiece\", \"lowercase\": true}\n[PAD]\na\n" to Problem.DAMAGED,
            "{\"edgenlp_vocabulary\": 1, \"kind\": \"unigram\"}\n0 [PAD]\n0 [UNK]\n-5 a\n" to Problem.DAMAGED,
            "{\"edgenlp_vocabulary\": 1, \"kind\": \"unigram\"}\n0 [PAD]\n0 [UNK]\n5 a\n6 a\n" to Problem.DAMAGED,
        )
    }
}

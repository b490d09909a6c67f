package edgenlp.artifact

import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Test

class JsonTest {
    @Test
    fun `values of all kinds are read`() {
        val text = """ {"a": [1, -2.5, 1e3, true, false, null, {}], "ü\n\"\\\u00e9\ud83d\ude00\ud800": "x", "b": []} """
        val expected = mapOf(
            "a" to listOf(1L, -2.5, 1000.0, true, false, null, emptyMap<String, Any>()),
            "ü\n\"\\é😀\ud800" to "x",
            "b" to emptyList<Any>(),
        )
        assertEquals(expected, Json.parse(text))
    }

    @Test
    fun `what is no JSON is refused, however it ends`() {
        val whole = """{"a": [1, "b\u00e9", {"c": null}]}"""
        for (length in 0 until whole.length) {
            assertThrows(IllegalArgumentException::class.java) { Json.parse(whole.substring(0, length)) }
        }
        for (wrong in listOf("[1,]", "{\"a\" 1}", "[1 2]", "tru", "\"\u0001\"", "\"\\x\"", "1 2", "--1", "[".repeat(1000))) {
            assertThrows(wrong, IllegalArgumentException::class.java) { Json.parse(wrong) }
        }
    }
}

package edgenlp.interfaces

import org.junit.Assert.assertEquals
import org.junit.Test

class NodeTest {
    @Test
    fun `the bracketed form is that of Python`() {
        fun slot(vararg spans: Span) = Node("SL:X", spans.toList()).bracketed("call my mom")
        assertEquals("[SL:X ]", slot())
        assertEquals("[SL:X ]", slot(Span(4, 4)))
        assertEquals("[SL:X call mom ]", slot(Span(0, 4), Span(8, 11)))
        assertEquals("[IN:X [SL:X my ] ]", Node("IN:X", children = listOf(Node("SL:X", listOf(Span(5, 7))))).bracketed("call my mom"))
    }
}

package edgenlp

import edgenlp.artifact.Json
import edgenlp.artifact.Settings
import edgenlp.interfaces.Span
import java.io.File

/** The files of the repository that tests replay. */
internal object Repository {
    private val root = File(requireNotNull(System.getProperty("edgenlp.root")) { "run the tests by Maven" })

    fun file(path: String) = File(root, path)

    /** The objects of a file with a JSON object a line. */
    fun lines(path: String): Sequence<Map<*, *>> = lines(file(path))

    fun lines(file: File): Sequence<Map<*, *>> =
        file.readLines().asSequence().filter { it.isNotBlank() }.map { Json.parse(it) as Map<*, *> }
}

/** Settings of an encoder, as a test spells them out. */
internal fun settings(vararg values: Pair<String, Any?>) = Settings(mapOf(*values), "")

/** Spans as Python has them, in code points, in UTF-16 units. */
internal fun utf16(text: String, spans: Any?): List<Span> = (spans as List<*>).map { span ->
    val (start, end) = (span as List<*>).map { text.offsetByCodePoints(0, (it as Long).toInt()) }
    Span(start, end)
}

package edgenlp.text.vocabulary

import edgenlp.Problem
import edgenlp.artifact.Json
import edgenlp.artifact.utf8
import edgenlp.fail

internal const val PADDING = "[PAD]"
internal const val UNKNOWN = "[UNK]"
internal const val MASK = "[MASK]"

private const val FORMAT = 1L

/**
 * The vocabulary that an asset holds, of whichever kind (docs/text-spec.md, The asset).
 *
 * @throws edgenlp.EdgeNlpException it is damaged, or of a form that this library does not read.
 */
fun readVocabulary(content: ByteArray): Vocabulary {
    val lines: List<String>
    val header: Map<*, *>
    try {
        lines = utf8(content).removeSuffix("\n").split('\n')
        header = Json.parse(lines[0]) as Map<*, *>
    } catch (error: RuntimeException) {
        damaged("it is not in edgenlp's form", error)
    }
    val kind = header["kind"]
    if (header["edgenlp_vocabulary"] != FORMAT || (kind != "wordpiece" && kind != "unigram")) {
        fail(Problem.NEWER_FORMAT, "The model's vocabulary has a form that this app does not read: update the app.")
    }
    val entries = lines.subList(1, lines.size)
    if (kind == "wordpiece") {
        val lowercase = header["lowercase"] as? Boolean ?: damaged("it does not say whether it is lowercase")
        return WordPiece(checked(entries), lowercase)
    }
    val costs = IntArray(entries.size) { cost(entries[it].substringBefore(' ')) }
    return Unigram(checked(entries.map { it.substringAfter(' ', "") }), costs)
}

private fun cost(digits: String): Int {
    val cost = digits.toIntOrNull()
    return if (cost != null && digits[0] in '0'..'9') cost else damaged("a cost is no whole number")
}

private fun checked(pieces: List<String>): List<String> {
    val distinct = HashSet(pieces)
    if (PADDING !in distinct || UNKNOWN !in distinct) damaged("it has no $PADDING or no $UNKNOWN")
    if ("" in distinct) damaged("a piece is empty")
    if (distinct.size < pieces.size) damaged("it has a piece twice")
    return pieces
}

private fun damaged(reason: String, cause: Throwable? = null): Nothing =
    fail(Problem.DAMAGED, "The model's vocabulary is damaged ($reason); make or download the model again.", cause)

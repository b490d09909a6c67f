package edgenlp.desktop

import edgenlp.interfaces.Classification
import edgenlp.interfaces.Node
import edgenlp.interfaces.Parse
import edgenlp.interfaces.Prediction
import edgenlp.interfaces.Regression
import edgenlp.utf16
import kotlin.math.abs
import kotlin.math.max

/** Whether a prediction is the answer that Python gave: labels, spans and tree, and `truncated`. */
internal fun sameAnswer(text: String, expected: Map<*, *>, found: Prediction): Boolean {
    if (expected["truncated"] != found.truncated) return false
    return when (found) {
        is Parse -> expected["tree"] == found.tree && expected["intent"] == found.intent &&
            slots(text, expected) == found.slots.map { Triple(it.label, it.text, it.spans) } &&
            (expected["root"] == null || expected["root"] == code(text, found.root))
        is Classification -> expected["label"] == found.label
        is Regression -> true
        else -> false
    }
}

private fun slots(text: String, expected: Map<*, *>) = (expected["slots"] as List<*>).map {
    val slot = it as Map<*, *>
    Triple(slot["label"], slot["text"], utf16(text, slot["spans"]))
}

/** A tree as Python writes it, with spans in code points. */
private fun code(text: String, node: Node): Map<String, Any?> = mapOf(
    "label" to node.label,
    "spans" to node.spans.map { span -> listOf(span.start, span.end).map { text.codePointCount(0, it).toLong() } },
    "children" to node.children.map { code(text, it) },
)

/** The probability of the answer. */
internal fun score(prediction: Prediction): Double = when (prediction) {
    is Parse -> prediction.score
    is Classification -> prediction.score
    else -> 1.0
}

/** How far a score is from Python's, as a share of it. */
internal fun scoreError(expected: Map<*, *>, found: Prediction): Double {
    val score = (expected["score"] as? Number)?.toDouble() ?: return 0.0
    return abs(score(found) - score) / max(score, Double.MIN_VALUE)
}

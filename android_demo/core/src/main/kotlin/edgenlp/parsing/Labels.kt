package edgenlp.parsing

import edgenlp.Problem
import edgenlp.artifact.Json
import edgenlp.artifact.utf8
import edgenlp.fail

/** What a token is to the tree: its kind, and the path of labels to its leaf; the path of `O` is empty. */
internal class Tag(val kind: Char, val path: List<String>) {
    companion object {
        const val OUTSIDE = 'O'
        const val BEGIN = 'B'
        const val INSIDE = 'I'
        const val CONTINUE = 'C'
    }
}

/**
 * What a model can say: the associated file `labels.json`.
 *
 * @property intents labels of the root, in the order of the output `intent`.
 * @property tags in the order of the output `tags`; the first is `O`.
 * @property legal for each intent the tags that may stand under it, ascending, `O` among them.
 * @property repeatable pairs of nested intent and slot that may stand twice in one intent.
 */
internal class Labels private constructor(
    val intents: List<String>,
    val tags: List<Tag>,
    val legal: List<IntArray>,
    val repeatable: Set<Pair<String, String>>,
) {
    companion object {
        const val FILE = "labels.json"

        fun read(content: ByteArray?): Labels = try {
            parse(Json.parse(utf8(content!!)) as Map<*, *>)
        } catch (error: RuntimeException) {
            fail(Problem.DAMAGED, "The model's $FILE is missing or damaged; make or download the model again.", error)
        }

        private fun parse(values: Map<*, *>): Labels {
            val intents = texts(values["intents"])
            val tags = (values["tags"] as List<*>).map { entry ->
                val labels = texts(entry)
                Tag(labels[0].single(), labels.drop(1))
            }
            val legal = (values["legal"] as List<*>).map { row ->
                (row as List<*>).map { (it as Long).toInt() }.toIntArray()
            }
            val repeatable = (values["repeatable"] as List<*>).mapTo(HashSet()) { entry ->
                val (intent, slot) = texts(entry)
                intent to slot
            }
            require(intents.isNotEmpty() && legal.size == intents.size && tags[0].kind == Tag.OUTSIDE)
            require(tags.drop(1).all { it.kind in KINDS && it.path.size % 2 == 1 && it.path.size <= LONGEST_PATH })
            require(legal.all { row -> row.isNotEmpty() && row[0] == 0 && row.all { it in tags.indices } })
            return Labels(intents, tags, legal, repeatable)
        }

        private fun texts(value: Any?): List<String> = (value as List<*>).map { it as String }

        private const val KINDS = "BIC"

        /** Trees are built by recursion, which a made-up path of thousands of labels would take too deep. */
        private const val LONGEST_PATH = 63
    }
}

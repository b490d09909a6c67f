package edgenlp.interfaces

/** What every decoder returns; those of edgenlp are [Parse], [Classification] and [Regression]. */
interface Prediction {
    /** The caller's one text, or both of a pair. */
    val texts: List<String>

    /** True where a text was longer than the model reads, and was cut at a token. */
    val truncated: Boolean
}

/**
 * The meaning of one utterance.
 *
 * @property text the caller's string.
 * @property root the whole tree; its label is the intent.
 * @property score joint probability of intent and tags, from 0 to 1.
 */
class Parse(
    val text: String,
    val root: Node,
    val score: Double,
    override val truncated: Boolean,
) : Prediction {
    override val texts: List<String> get() = listOf(text)

    /** Label of the top intent. */
    val intent: String get() = root.label

    /** The top intent's own slots, in tree order, with covering spans. */
    val slots: List<Slot> by lazy(LazyThreadSafetyMode.PUBLICATION) {
        root.children.map { node ->
            val spans = node.covering(text)
            Slot(node.label, spans.joinToString(" ") { text.substring(it.start, it.end) }, spans)
        }
    }

    /** The bracketed form, as in MTOP. */
    val tree: String get() = root.bracketed(text)

    override fun toString(): String = tree
}

/**
 * A slot of the top intent.
 *
 * @property label as in the data.
 * @property text the words of the slot, several parts joined by a space.
 * @property spans where they stand in the caller's string.
 */
data class Slot(val label: String, val text: String, val spans: List<Span>)

/**
 * The label of a text or a pair.
 *
 * @property labels all of them, most probable first.
 * @property scores the probability of each.
 */
class Classification(
    override val texts: List<String>,
    val labels: List<String>,
    val scores: DoubleArray,
    override val truncated: Boolean,
) : Prediction {
    /** The most probable label. */
    val label: String get() = labels[0]

    /** Its probability. */
    val score: Double get() = scores[0]

    override fun toString(): String = label
}

/**
 * The value of a text or a pair.
 *
 * @property value from [low] to [high].
 * @property low the smallest value of the training data.
 * @property high the greatest value of the training data.
 */
class Regression(
    override val texts: List<String>,
    val value: Double,
    val low: Double,
    val high: Double,
    override val truncated: Boolean,
) : Prediction {
    override fun toString(): String = value.toString()
}

package edgenlp

/**
 * Everything that can go wrong with a model or a text.
 *
 * @property problem what kind it is, for the app to act on.
 * @param sentence for a person: what was wrong and what to do.
 */
class EdgeNlpException(
    val problem: Problem,
    sentence: String,
    cause: Throwable? = null,
) : Exception(sentence, cause)

/** The kinds of failure. */
enum class Problem {
    /** There is no such file, or it cannot be read. */
    NO_FILE,

    /** The file is no model of edgenlp: it is no TFLite file, or holds no manifest. */
    NOT_A_MODEL,

    /** The file is cut off or damaged: download it again. */
    DAMAGED,

    /** The graph was changed after its export: its digest differs from the manifest's. */
    CHANGED,

    /** A newer edgenlp made the model: update the app. */
    NEWER_FORMAT,

    /** The model needs an encoder or a head that the app does not have. */
    MISSING_PLUGIN,

    /** The app has no TensorFlow Lite for this device. */
    NO_INTERPRETER,

    /** The app was packed without a part of edgenlp, such as its tables. */
    INCOMPLETE_APP,

    /** The interpreter refuses the graph, or the graph does not fit its encoder. */
    REFUSED,

    /** The text is empty, or holds only white space. */
    EMPTY_TEXT,

    /** The model takes a pair of texts and was given one, or the other way round. */
    WRONG_INPUT,

    /** The model was closed. */
    CLOSED,
}

/** Stops with a sentence. */
internal fun fail(problem: Problem, sentence: String, cause: Throwable? = null): Nothing =
    throw EdgeNlpException(problem, sentence, cause)

package edgenlp

import edgenlp.artifact.Manifest
import edgenlp.artifact.ModelFile
import edgenlp.interfaces.Decoder
import edgenlp.interfaces.Featurizer
import edgenlp.interfaces.Prediction
import edgenlp.interfaces.Runtime
import edgenlp.interfaces.Tokens
import java.io.Closeable
import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder

/**
 * A loaded model: text in, prediction out. Any number of threads may share it.
 *
 * ```
 * val model = EdgeNlp.load(file, TensorFlowLite())
 * val parse = model.predict("set an alarm for 7am tomorrow") as Parse
 * ```
 *
 * Nothing but [EdgeNlpException] is thrown for what a model file or a text may hold.
 *
 * [predict] is all that most apps need. The two halves around the graph are there too, so that each can be measured.
 *
 * @property manifest what the model says about itself.
 * @property featurizer text to the graph's inputs.
 * @property decoder the graph's outputs to an answer.
 */
class EdgeNlp private constructor(file: ModelFile, runtime: Runtime, plugins: Plugins) : Closeable {
    val manifest: Manifest = file.manifest

    val featurizer: Featurizer
    val decoder: Decoder
    private val sequences: Int
    private val signatures = manifest.signatures.entries.sortedBy { it.value }
    private val longest = signatures.last().value
    private val workers: Workers

    init {
        val encoder = plugins.encoder(manifest.encoder)
        val head = plugins.head(manifest.head)
        sequences = head.sequences
        featurizer = encoder.featurizer(manifest.encoder.settings, file.assets(manifest.encoder))
        decoder = head.decoder(manifest.head.settings, file.assets(manifest.head))
        val graph = file.graph // alone, so that the associated files do not stay in memory
        workers = Workers {
            Worker(runtime.interpreter(graph.duplicate().order(ByteOrder.nativeOrder())), featurizer, sequences)
        }
    }

    /**
     * What the model says about a text.
     *
     * A text that is longer than the model reads is cut at a token, and the prediction is `truncated`.
     *
     * @return a [edgenlp.interfaces.Parse], [edgenlp.interfaces.Classification] or
     *   [edgenlp.interfaces.Regression], by the model's head.
     * @throws EdgeNlpException the text is empty or only white space, or the model takes pairs.
     */
    @Throws(EdgeNlpException::class)
    fun predict(text: String): Prediction = predict(listOf(text))

    /**
     * What the model says about a pair of texts.
     *
     * @throws EdgeNlpException a text is empty or only white space, or the model takes single texts.
     */
    @Throws(EdgeNlpException::class)
    fun predict(first: String, second: String): Prediction = predict(listOf(first, second))

    /** Whether there is nothing in a text that could be answered, as while a user begins to type. */
    @Throws(EdgeNlpException::class)
    fun isEmpty(text: String): Boolean = guarded("predict with") { featurizer.tokenize(text, 1).size == 0 }

    private fun predict(texts: List<String>): Prediction = guarded("predict with") {
        val tokens = tokenize(texts)
        workers.lend { worker -> decoder.decode(worker.run(signature(tokens), tokens), tokens) }
    }

    /** The texts cut into as many tokens as the model reads. */
    private fun tokenize(texts: List<String>): List<Tokens> {
        if (texts.size != sequences) {
            val taken = if (sequences == 1) "one text" else "a pair of texts"
            fail(Problem.WRONG_INPUT, "The model '${manifest.name}' takes $taken.")
        }
        val tokens = texts.map { featurizer.tokenize(it, longest) }
        if (tokens.any { it.size == 0 }) fail(Problem.EMPTY_TEXT, "The text is empty or holds only white space.")
        return tokens
    }

    /** The shortest signature that holds the tokens. */
    private fun signature(texts: List<Tokens>): String = signatures.first { (_, length) -> texts.all { it.size <= length } }.key

    /** Frees the interpreters. A prediction under way is finished first; later ones fail. */
    override fun close() = workers.close()

    companion object {
        /**
         * Loads a model file, which is mapped into memory: replace it by renaming, never by writing into it.
         *
         * @throws EdgeNlpException whatever is wrong with the file, or with the interpreter.
         */
        @JvmStatic
        @JvmOverloads
        @Throws(EdgeNlpException::class)
        fun load(file: File, runtime: Runtime, plugins: Plugins = Plugins.ALL): EdgeNlp =
            guarded("load") { checked(ModelFile.read(file), runtime, plugins) }

        /** Loads the bytes of a model file. */
        @JvmStatic
        @JvmOverloads
        @Throws(EdgeNlpException::class)
        fun load(bytes: ByteArray, runtime: Runtime, plugins: Plugins = Plugins.ALL): EdgeNlp =
            guarded("load") { checked(ModelFile.read(bytes), runtime, plugins) }

        /**
         * Loads a model file in memory, such as an asset that is mapped: from the buffer's position to its limit.
         *
         * A direct buffer is read where it is for as long as the model is used: leave it unchanged.
         */
        @JvmStatic
        @JvmOverloads
        @Throws(EdgeNlpException::class)
        fun load(data: ByteBuffer, runtime: Runtime, plugins: Plugins = Plugins.ALL): EdgeNlp =
            guarded("load") { checked(ModelFile.read(data), runtime, plugins) }

        private fun checked(file: ModelFile, runtime: Runtime, plugins: Plugins): EdgeNlp {
            val model = EdgeNlp(file, runtime, plugins)
            try {
                model.workers.lend { it.check(model.manifest.signatures, model.manifest.encoder.name) }
                model.predict(List(model.sequences) { "a" })
            } catch (error: Throwable) {
                model.close()
                throw error
            }
            return model
        }

        /** A plugin's own mistakes, and those of a model that no check foresaw, are failures of one kind too. */
        private inline fun <T> guarded(verb: String, work: () -> T): T = try {
            work()
        } catch (error: RuntimeException) {
            fail(Problem.REFUSED, "This app cannot $verb the model ($error); make or download the model again.", error)
        } catch (error: LinkageError) {
            val missing = generateSequence<Throwable>(error) { it.cause }.last()
            fail(Problem.INCOMPLETE_APP, "This app was packed without a part of edgenlp (${missing.message}).", error)
        }
    }
}

package edgenlp.interfaces

import edgenlp.artifact.Settings

/** The device-side half of an encoder: text to arrays. An app adds its own with [edgenlp.Plugins.with]. */
interface Encoder {
    /** What manifests call it. */
    val name: String

    /**
     * Its featurizer with a model's settings.
     *
     * @param settings of the manifest.
     * @param assets the associated files that it reads, such as a vocabulary, by name.
     * @throws edgenlp.EdgeNlpException a setting or an asset is not one that it reads.
     */
    fun featurizer(settings: Settings, assets: Map<String, ByteArray>): Featurizer
}

/** Text to a graph's inputs: pure, the same on every platform, and shared by threads. */
interface Featurizer {
    /** Cuts [text] into at most [limit] tokens; `truncated` is set where there were more. */
    fun tokenize(text: String, limit: Int): Tokens

    /** What a graph of [length] tokens takes for one text, by name. */
    fun inputs(length: Int): Map<String, TensorType>

    /**
     * Writes what a graph takes for one text; what is beyond the tokens is padding.
     *
     * @param tokens as [tokenize] made them, at most `length` of them.
     * @param inputs of the types that [Featurizer.inputs] says, with the numbers of an earlier text in them.
     */
    fun write(tokens: Tokens, inputs: Tensors)
}

package edgenlp.cmow

import edgenlp.Problem
import edgenlp.artifact.Settings
import edgenlp.fail
import edgenlp.interfaces.Encoder
import edgenlp.interfaces.Featurizer
import edgenlp.interfaces.PieceTokens
import edgenlp.interfaces.TensorType
import edgenlp.interfaces.Tensors
import edgenlp.interfaces.Tokens
import edgenlp.text.vocabulary.Vocabulary
import edgenlp.text.vocabulary.readVocabulary

/**
 * The CMOW encoder: each piece of a vocabulary is a matrix and a vector, a text is their product and their sum.
 *
 * Source: Galke et al., "General Cross-Architecture Distillation of Pretrained Language Models into Matrix Embeddings"
 * (2022).
 */
object Cmow : Encoder {
    override val name: String = "cmow"

    private const val VOCABULARY = "vocabulary"

    override fun featurizer(settings: Settings, assets: Map<String, ByteArray>): Featurizer = CmowFeaturizer(
        readVocabulary(assets[VOCABULARY] ?: fail(Problem.DAMAGED, "The model has no vocabulary; make it again.")),
    )
}

/** Cuts text into pieces and gives each its id. */
internal class CmowFeaturizer(private val vocabulary: Vocabulary) : Featurizer {
    override fun tokenize(text: String, limit: Int): Tokens = vocabulary.tokenize(text, limit)

    override fun inputs(length: Int): Map<String, TensorType> =
        mapOf(IDS to TensorType(TensorType.Kind.INT32, intArrayOf(1, length)))

    override fun write(tokens: Tokens, inputs: Tensors) {
        val ids = inputs.getValue(IDS)
        val pieces = (tokens as PieceTokens).ids
        ids.write(0, IntArray(ids.type.size) { index -> if (index < tokens.size) pieces[index] else vocabulary.padding })
    }

    private companion object {
        const val IDS = "ids"
    }
}

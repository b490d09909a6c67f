package edgenlp.pqrnn

import edgenlp.artifact.Settings
import edgenlp.interfaces.Encoder
import edgenlp.interfaces.Featurizer
import edgenlp.text.Segmentation

/**
 * The pQRNN encoder: projections of tokens in place of embeddings.
 *
 * Source: Kaliamoorthi, Siddhant, Li and Johnson, "Distilling Large Language Models into Tiny and Effective Students
 * using pQRNN" (2021).
 */
object Pqrnn : Encoder {
    override val name: String = "pqrnn"

    private const val MAX_FEATURES = 4096
    private const val MAX_NGRAM = 48
    private const val MAX_NGRAM_LENGTHS = 5

    override fun featurizer(settings: Settings, assets: Map<String, ByteArray>): Featurizer {
        val segmentation = settings.choice("segmentation", "unicode", "whitespace")
        val words = settings.count("word_features", MAX_FEATURES)
        val ngrams = settings.count("ngram_features", MAX_FEATURES)
        val shortest = settings.count("ngram_min", MAX_NGRAM)
        val longest = settings.count("ngram_max", MAX_NGRAM)
        settings.check("word_features", words % 4 == 0 && words + ngrams > 0)
        settings.check("ngram_features", ngrams % 8 == 0)
        settings.check("ngram_min", shortest >= 1)
        settings.check("ngram_max", longest in shortest until shortest + MAX_NGRAM_LENGTHS)
        val sums = settings.choice("ngram_mode", "sum", "sign") == "sum"
        return PqrnnFeaturizer(
            if (segmentation == "unicode") Segmentation.UNICODE else Segmentation.WHITESPACE,
            WordProjection(words),
            NgramProjection(ngrams, shortest, longest, sums),
            settings.flag("shape_features"),
        )
    }
}

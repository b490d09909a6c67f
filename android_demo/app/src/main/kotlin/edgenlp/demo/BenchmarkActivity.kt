package edgenlp.demo

import android.app.Activity
import android.os.Build
import android.os.Bundle
import android.util.TypedValue
import android.widget.TextView
import edgenlp.EdgeNlp
import edgenlp.interfaces.Tensor

/** How long a model takes on this phone. */
class BenchmarkActivity : Activity() {
    private val turn = Models.Turn()
    private lateinit var figures: TextView

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        figures = TextView(this).apply {
            setTextSize(TypedValue.COMPLEX_UNIT_SP, LETTERS)
            setTextIsSelectable(true)
            setText(R.string.measuring)
        }
        show(figures)
        val name = intent.getStringExtra(MODEL)!!
        Models.ask(this, name, turn, { measure(name, it) }) { measured, sentence -> figures.text = measured ?: sentence }
    }

    override fun onDestroy() {
        turn.next()
        super.onDestroy()
    }

    private fun measure(name: String, model: EdgeNlp): String {
        val loading = milliseconds { Models.fresh(this, name).close() }
        val features = DoubleArray(RUNS) { run -> featurize(model, TEXTS[run % TEXTS.size]) }.apply { sort() }
        val whole = DoubleArray(RUNS) { run -> milliseconds { model.predict(TEXTS[run % TEXTS.size]) } }.apply { sort() }
        return getString(
            R.string.measured,
            name,
            model.manifest.quantization,
            Models.bytes(this, name),
            java.lang.Runtime.getRuntime().availableProcessors(),
            Build.MODEL,
            Build.VERSION.RELEASE,
            loading,
            features[RUNS / 2],
            whole[RUNS / 2],
            whole[RUNS * 9 / 10],
            RUNS,
        )
    }

    private fun featurize(model: EdgeNlp, text: String): Double {
        val length = model.manifest.signatures.values.max()
        val inputs = model.featurizer.inputs(length).mapValues { Tensor(it.value) }
        return milliseconds { model.featurizer.write(model.featurizer.tokenize(text, length), inputs) }
    }

    private inline fun milliseconds(work: () -> Unit): Double {
        val start = System.nanoTime()
        work()
        return (System.nanoTime() - start) / 1e6
    }

    companion object {
        /** The extra that names the model. */
        const val MODEL: String = "model"

        private const val LETTERS = 18f
        private const val RUNS = 300
        private val TEXTS = listOf(
            "set an alarm for seven thirty am on monday morning",
            "remind me to call anna at five pm on friday",
            "will it be sunny in boston tomorrow at nine pm",
            "send a message to peter that i will be late",
        )
    }
}

package edgenlp.demo

import android.app.Activity
import android.content.Intent
import android.os.Bundle
import android.text.Editable
import android.text.InputType
import android.text.TextWatcher
import android.util.TypedValue
import android.view.View
import android.widget.AdapterView
import android.widget.ArrayAdapter
import android.widget.Button
import android.widget.EditText
import android.widget.Spinner
import android.widget.TextView
import edgenlp.interfaces.Classification
import edgenlp.interfaces.Parse
import edgenlp.interfaces.Prediction

/** What a model makes of a text, drawn as it is typed. */
class MainActivity : Activity() {
    private class Answer(val prediction: Prediction, val milliseconds: Double)

    private val turn = Models.Turn()
    private lateinit var names: List<String>
    private lateinit var palette: Palette
    private lateinit var picker: Spinner
    private lateinit var input: EditText
    private lateinit var headline: TextView
    private lateinit var words: TextView
    private lateinit var drawing: AnswerView

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        palette = Palette(this)
        names = Models.names(this)
        picker = Spinner(this).apply {
            id = R.id.picker
            contentDescription = getString(R.string.model)
            adapter = ArrayAdapter(context, android.R.layout.simple_spinner_dropdown_item, names)
            onItemSelectedListener = Picked()
        }
        input = EditText(this).apply {
            id = R.id.input
            hint = getString(R.string.hint)
            inputType = InputType.TYPE_CLASS_TEXT or InputType.TYPE_TEXT_FLAG_MULTI_LINE or
                InputType.TYPE_TEXT_FLAG_CAP_SENTENCES
            inItsOwnDirection()
            setText(R.string.example)
            addTextChangedListener(Typed())
        }
        headline = TextView(this).apply { setTextSize(TypedValue.COMPLEX_UNIT_SP, HEADLINE) }
        words = TextView(this).apply {
            setTextSize(TypedValue.COMPLEX_UNIT_SP, WORDS)
            inItsOwnDirection()
        }
        drawing = AnswerView(this)
        val benchmark = Button(this).apply {
            setText(R.string.benchmark)
            isEnabled = names.isNotEmpty()
            setOnClickListener { measure() }
        }
        show(picker, input, headline, words, drawing, benchmark)
        if (names.isEmpty()) headline.setText(R.string.no_models) else headline.setText(R.string.loading)
    }

    override fun onDestroy() {
        turn.next()
        super.onDestroy()
    }

    private fun model(): String = names[maxOf(picker.selectedItemPosition, 0)]

    private fun measure() {
        startActivity(Intent(this, BenchmarkActivity::class.java).putExtra(BenchmarkActivity.MODEL, model()))
    }

    private fun predict() {
        if (names.isEmpty()) return
        val text = input.text.toString()
        Models.ask(
            this,
            model(),
            turn,
            { model ->
                val start = System.nanoTime()
                val prediction = model.predict(text)
                Answer(prediction, (System.nanoTime() - start) / NANOSECONDS)
            },
            ::answered,
        )
    }

    private fun answered(answer: Answer?, sentence: String?) {
        val prediction = answer?.prediction
        drawing.show(prediction)
        if (answer == null || prediction == null) {
            headline.text = sentence
            words.text = ""
            return
        }
        val name = when (prediction) {
            is Parse -> prediction.intent
            is Classification -> prediction.label
            else -> prediction.toString()
        }
        headline.text = getString(R.string.took, name, answer.milliseconds)
        words.text = when {
            prediction.truncated -> getString(R.string.truncated)
            prediction is Parse -> highlighted(prediction, palette)
            else -> ""
        }
    }

    private inner class Typed : TextWatcher {
        override fun beforeTextChanged(text: CharSequence?, start: Int, count: Int, after: Int) = Unit
        override fun onTextChanged(text: CharSequence?, start: Int, before: Int, count: Int) = Unit
        override fun afterTextChanged(text: Editable?) = predict()
    }

    private inner class Picked : AdapterView.OnItemSelectedListener {
        override fun onItemSelected(parent: AdapterView<*>?, view: View?, position: Int, id: Long) = predict()
        override fun onNothingSelected(parent: AdapterView<*>?) = Unit
    }

    private companion object {
        const val HEADLINE = 20f
        const val WORDS = 18f
        const val NANOSECONDS = 1e6
    }
}

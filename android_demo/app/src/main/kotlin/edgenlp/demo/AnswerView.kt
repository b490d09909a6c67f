package edgenlp.demo

import android.content.Context
import android.graphics.Canvas
import android.graphics.Paint
import android.graphics.RectF
import android.text.TextPaint
import android.text.TextUtils
import android.text.TextDirectionHeuristics
import android.text.BidiFormatter
import android.util.TypedValue
import android.view.View
import edgenlp.interfaces.Classification
import edgenlp.interfaces.Node
import edgenlp.interfaces.Parse
import edgenlp.interfaces.Prediction
import edgenlp.interfaces.Regression

/** Draws an answer: a tree of intents and slots, or the most probable labels with bars; mirrored right to left. */
internal class AnswerView(context: Context) : View(context) {
    /** A line of the drawing. */
    private class Row(val label: String, val words: String, val depth: Int, val color: Int, val share: Float)

    private val palette = Palette(context)
    private val unit = pixels(TypedValue.COMPLEX_UNIT_DIP, UNIT, resources.displayMetrics).toFloat()
    private val paint = Paint(Paint.ANTI_ALIAS_FLAG)
    private val letters = TextPaint(Paint.ANTI_ALIAS_FLAG).apply {
        textSize = pixels(TypedValue.COMPLEX_UNIT_SP, LETTERS, resources.displayMetrics).toFloat()
    }
    private val rowHeight = letters.fontSpacing + unit
    private val box = RectF()
    private var rows = emptyList<Row>()

    /** Shows an answer; none for null. */
    fun show(answer: Prediction?) {
        rows = when (answer) {
            is Parse -> ArrayList<Row>().also { tree(answer.root, answer.text, 0, palette.faint, it) }
            is Classification -> answer.labels.take(MOST_LABELS).mapIndexed { i, label ->
                val share = answer.scores[i]
                Row(label, context.getString(R.string.probability, 100 * share), 0, palette.slot(0), share.toFloat())
            }
            is Regression -> {
                val value = context.getString(R.string.value, answer.value, answer.low, answer.high)
                val share = (answer.value - answer.low) / (answer.high - answer.low)
                listOf(Row(value, "", 0, palette.slot(0), share.toFloat()))
            }
            else -> emptyList()
        }
        contentDescription = rows.joinToString { "${it.label} ${it.words}" }
        requestLayout()
        invalidate()
    }

    private fun tree(node: Node, text: String, depth: Int, color: Int, into: MutableList<Row>) {
        val words = node.spans.joinToString(" ") { text.substring(it.start, it.end) }
        into.add(Row(node.label, words, depth, color, 1f))
        node.children.forEachIndexed { number, child ->
            tree(child, text, depth + 1, if (depth == 0) palette.slot(number) else color, into)
        }
    }

    override fun onMeasure(widthMeasureSpec: Int, heightMeasureSpec: Int) {
        val tall = paddingTop + paddingBottom + (rows.size * (rowHeight + unit)).toInt()
        setMeasuredDimension(MeasureSpec.getSize(widthMeasureSpec), resolveSize(tall, heightMeasureSpec))
    }

    override fun onDraw(canvas: Canvas) {
        val mirrored = layoutDirection == LAYOUT_DIRECTION_RTL
        rows.forEachIndexed { number, row ->
            val top = paddingTop + number * (rowHeight + unit)
            val indent = row.depth * STEP * unit
            draw(canvas, row, indent, top, mirrored)
            if (row.depth > 0) drawBranch(canvas, number, indent - STEP * unit / 2, top + rowHeight / 2, mirrored)
        }
    }

    /** A line from the parent down to this row. */
    private fun drawBranch(canvas: Canvas, number: Int, x: Float, y: Float, mirrored: Boolean) {
        val parent = (number - 1 downTo 0).first { rows[it].depth < rows[number].depth }
        val top = paddingTop + parent * (rowHeight + unit) + rowHeight
        paint.color = palette.faint
        paint.strokeWidth = unit / 4
        canvas.drawLine(across(x, mirrored), top, across(x, mirrored), y, paint)
        canvas.drawLine(across(x, mirrored), y, across(x + STEP * unit / 2, mirrored), y, paint)
    }

    private fun draw(canvas: Canvas, row: Row, indent: Float, top: Float, mirrored: Boolean) {
        val direction = BidiFormatter.getInstance(mirrored)
        val words = direction.unicodeWrap(row.words, TextDirectionHeuristics.FIRSTSTRONG_LTR)
        val room = width - indent - 2 * unit
        val line = if (words.isEmpty()) row.label else "${row.label}  $words"
        val fitting = TextUtils.ellipsize(line, letters, room, TextUtils.TruncateAt.END).toString()
        val full = if (row.depth > 0 || row.share < 1f) width - indent else letters.measureText(fitting) + 2 * unit
        val start = across(indent, mirrored)
        val end = across(indent + full * row.share, mirrored)
        box.set(minOf(start, end), top, maxOf(start, end), top + rowHeight)
        paint.color = row.color
        paint.alpha = if (row.color == palette.faint) FAINT else OPAQUE
        canvas.drawRoundRect(box, unit, unit, paint)
        letters.color = palette.text
        letters.textAlign = if (mirrored) Paint.Align.RIGHT else Paint.Align.LEFT
        canvas.drawText(fitting, across(indent + unit, mirrored), top + unit / 2 - letters.ascent(), letters)
    }

    private fun across(x: Float, mirrored: Boolean) = if (mirrored) width - x else x

    private companion object {
        const val UNIT = 6
        const val LETTERS = 15
        const val STEP = 4
        const val MOST_LABELS = 8
        const val FAINT = 80
        const val OPAQUE = 255
    }
}

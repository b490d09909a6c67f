package edgenlp.demo

import android.content.Context
import android.content.res.Configuration
import android.graphics.Color

/** The app's colours, by day and by night. */
internal class Palette(context: Context) {
    private val night =
        context.resources.configuration.uiMode and Configuration.UI_MODE_NIGHT_MASK == Configuration.UI_MODE_NIGHT_YES

    val text: Int = if (night) Color.WHITE else Color.BLACK
    val faint: Int = if (night) 0xFFAAAAAA.toInt() else 0xFF666666.toInt()

    /** The colour of the slot with this number, on which text can be read. */
    fun slot(number: Int): Int {
        val hue = number * GOLDEN_ANGLE % FULL_CIRCLE
        return Color.HSVToColor(floatArrayOf(hue, if (night) 0.6f else 0.35f, if (night) 0.45f else 1f))
    }

    private companion object {
        const val GOLDEN_ANGLE = 137.5f
        const val FULL_CIRCLE = 360f
    }
}

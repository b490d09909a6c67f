package edgenlp.demo

import android.text.SpannableString
import android.text.Spanned
import android.text.style.BackgroundColorSpan
import edgenlp.interfaces.Parse

/** The text with each slot of the top intent on its colour. */
internal fun highlighted(parse: Parse, palette: Palette): CharSequence {
    val text = SpannableString(parse.text)
    parse.slots.forEachIndexed { number, slot ->
        for (span in slot.spans) {
            val color = BackgroundColorSpan(palette.slot(number))
            text.setSpan(color, span.start, span.end, Spanned.SPAN_EXCLUSIVE_EXCLUSIVE)
        }
    }
    return text
}

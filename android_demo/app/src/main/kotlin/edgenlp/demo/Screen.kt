package edgenlp.demo

import android.app.Activity
import android.util.TypedValue
import android.view.View
import android.view.ViewGroup
import android.widget.LinearLayout
import android.widget.ScrollView
import android.widget.TextView

/** Shows views one below another, scrolled where they are too many, clear of the system's bars and of the keyboard. */
internal fun Activity.show(vararg views: View) {
    val column = LinearLayout(this).apply { orientation = LinearLayout.VERTICAL }
    for (view in views) {
        val size = LinearLayout.LayoutParams(ViewGroup.LayoutParams.MATCH_PARENT, ViewGroup.LayoutParams.WRAP_CONTENT)
        size.bottomMargin = dp(GAP)
        column.addView(view, size)
    }
    column.setPadding(dp(MARGIN), dp(MARGIN), dp(MARGIN), dp(MARGIN))
    val scroll = ScrollView(this).apply { addView(column) }
    scroll.setOnApplyWindowInsetsListener { view, insets ->
        view.setPadding(
            insets.systemWindowInsetLeft,
            insets.systemWindowInsetTop,
            insets.systemWindowInsetRight,
            insets.systemWindowInsetBottom,
        )
        insets.consumeSystemWindowInsets()
    }
    setContentView(scroll)
}

/** A text whose direction is that of its first letter, whatever the phone's language. */
internal fun TextView.inItsOwnDirection(): TextView = apply {
    textDirection = View.TEXT_DIRECTION_FIRST_STRONG
    textAlignment = View.TEXT_ALIGNMENT_TEXT_START
}

/** Density-independent pixels as pixels. */
internal fun Activity.dp(size: Int): Int = pixels(TypedValue.COMPLEX_UNIT_DIP, size, resources.displayMetrics)

internal fun pixels(unit: Int, size: Int, metrics: android.util.DisplayMetrics): Int =
    TypedValue.applyDimension(unit, size.toFloat(), metrics).toInt()

private const val GAP = 12
private const val MARGIN = 16

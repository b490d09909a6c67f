/* Text to tokens, and tokens to their normal form (docs/text-spec.md, Segmentation and Normalisation). */
#ifndef TEXT_H
#define TEXT_H

#include "edgenlp.h"
#include "names.h"

enum {
    MAX_CODE_POINTS = 48, /* how much of a token the features see */
    MAX_FOLDING = 18,     /* the longest that one code point becomes */
};

/* Whether the Unicode table that was built in is whole; call it before anything else here. */
bool text_start(void);

/* The code point at `*place`, which moves behind it. A byte that begins none is U+FFFD; lone surrogates are themselves.
 */
uint32_t next_point(const unsigned char *text, size_t bytes, size_t *place);

/* Writes a code point, a lone surrogate in three bytes, and says in how many; there must be room for four. */
size_t put_point(uint32_t point, unsigned char *bytes);

/* The class letter of a code point. */
char class_of(uint32_t point);

/* Cuts a text into its first `limit` tokens, and says how many there are and whether there were more. */
int segment(const unsigned char *text, size_t bytes, int limit, bool by_script, EdgeNlpSpan *tokens, bool *truncated);

/* Folds at most MAX_CODE_POINTS code points; the result has as many at most. */
int normalize(const uint32_t *points, int count, uint32_t normal[static MAX_CODE_POINTS]);

#endif

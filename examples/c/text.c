#include "text.h"

#include <pthread.h>
#include <string.h>

extern const unsigned char edgenlp_unicode[], edgenlp_unicode_end[];

/* Sorted code points and what stands beside them; in the table numbers may stand at odd places. */
typedef struct {
    uint32_t count;
    const unsigned char *keys, *values;
} Map;

static Map classes, combining, foldings;
static const unsigned char *pool; /* the code points of all foldings */
static uint32_t folding_block[0x1100 + 1]; /* where in the pool the foldings of 256 code points begin */
static char ascii_classes[128];
static bool whole; /* the table was read and is right */

static uint32_t number_at(const unsigned char *place) {
    return place[0] | (uint32_t)place[1] << 8 | (uint32_t)place[2] << 16 | (uint32_t)place[3] << 24;
}

/* A count, as many numbers, and `width` bytes for each; moves behind them, or answers false at the table's end. */
static bool read_map(const unsigned char **at, size_t width, Map *map) {
    size_t left = (size_t)(edgenlp_unicode_end - *at);
    if (left < 4) return false;
    map->count = number_at(*at);
    if (map->count > (left - 4) / (4 + width)) return false;
    map->keys = *at + 4;
    map->values = map->keys + 4 * (size_t)map->count;
    *at = map->values + width * map->count;
    return true;
}

/* How many keys are at most `point`. */
static uint32_t keys_up_to(const Map *map, uint32_t point) {
    uint32_t low = 0, high = map->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (number_at(map->keys + 4 * (size_t)middle) <= point)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static unsigned char range_value(const Map *map, uint32_t point) {
    uint32_t rank = keys_up_to(map, point);
    return rank ? map->values[rank - 1] : 0;
}

static bool read_table(void) {
    const unsigned char *at = edgenlp_unicode + 8;
    Map points;
    if (edgenlp_unicode_end - edgenlp_unicode < 8 || memcmp(edgenlp_unicode, "EDGEUNI1", 8) != 0) return false;
    if (!read_map(&at, 1, &classes) || !read_map(&at, 1, &combining) || !read_map(&at, 1, &foldings)) return false;
    if (!read_map(&at, 0, &points)) return false;
    if (!classes.count || number_at(classes.keys) != 0) return false;
    pool = points.keys;
    uint32_t used = 0, block = 0;
    for (uint32_t i = 0; i < foldings.count; i++) {
        uint32_t point = number_at(foldings.keys + 4 * (size_t)i);
        if (point > 0x10FFFF || foldings.values[i] > MAX_FOLDING) return false;
        while (block <= point >> 8) folding_block[block++] = used;
        used += foldings.values[i];
    }
    while (block <= 0x1100) folding_block[block++] = used;
    for (uint32_t point = 0; point < 128; point++) ascii_classes[point] = (char)range_value(&classes, point);
    return used <= points.count;
}

static void start(void) { whole = read_table(); }

/* Threads may load a model each at the same time. */
bool text_start(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start);
    return whole;
}

uint32_t next_point(const unsigned char *text, size_t bytes, size_t *place) {
    size_t at = *place;
    unsigned char first = text[at];
    *place = at + 1;
    if (first < 0x80) return first;
    int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
    if (first < 0xC2 || first > 0xF4 || (size_t)more >= bytes - at) return 0xFFFD;
    uint32_t point = first & (0x3F >> more);
    for (int i = 1; i <= more; i++) {
        if ((text[at + (size_t)i] & 0xC0) != 0x80) return 0xFFFD;
        point = point << 6 | (text[at + (size_t)i] & 0x3F);
    }
    if (point < (more == 3 ? 0x10000u : more == 2 ? 0x800u : 0x80u) || point > 0x10FFFF) return 0xFFFD;
    *place = at + 1 + (size_t)more;
    return point;
}

size_t put_point(uint32_t point, unsigned char *bytes) {
    if (point < 0x80) {
        bytes[0] = (unsigned char)point;
        return 1;
    }
    size_t more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    bytes[0] = (unsigned char)((0xFF00u >> (more + 1) & 0xFF) | point >> 6 * more);
    for (size_t i = more; i > 0; i--, point >>= 6) bytes[i] = (unsigned char)(0x80 | (point & 0x3F));
    return more + 1;
}

char class_of(uint32_t point) { return point < 128 ? ascii_classes[point] : (char)range_value(&classes, point); }

static bool is_one_of(char letter, const char *letters) { return strchr(letters, letter) != NULL; }

/* Whether a token goes on with a code point. `first` is the class of its first code point, `last` that of its last one,
 * `base` says whether it has its `c`, and `flags` how many `r` it has. */
static bool goes_on(char first, char last, bool base, int flags, char next) {
    if (is_one_of(next, "xjb")) return true;
    switch (first) {
    case 'u':
    case 'l':
    case 'a':
        return is_one_of(next, "ula");
    case 'd':
    case 'k':
        return next == first;
    case 'r':
        return next == 'r' && flags < 2 && last == 'r';
    case 'v':
    case 'c':
        if (next == 'v') return last == 'v' && !base;
        return next == 'c' && ((last == 'v' && !base) || last == 'b');
    case 'o':
        return next == 'o' && last == 'j';
    default: /* h, and marks with nothing before them */
        return false;
    }
}

int segment(const unsigned char *text, size_t bytes, int limit, bool by_script, EdgeNlpSpan *tokens, bool *truncated) {
    int count = 0, flags = 0;
    bool inside = false, base = false;
    char first = 's', last = 's';
    uint32_t number = 0;
    *truncated = false;
    for (size_t at = 0, after; at < bytes; at = after, number++) {
        after = at;
        char class = class_of(next_point(text, bytes, &after));
        bool joins = inside && class != 's' && (!by_script || goes_on(first, last, base, flags, class));
        if (inside && !joins) {
            tokens[count].end = at;
            tokens[count++].last_point = number;
            inside = false;
        }
        if (class != 's' && !joins) {
            if (count == limit) {
                *truncated = true;
                return count;
            }
            tokens[count].start = at;
            tokens[count].first_point = number;
            inside = true;
            first = class;
            base = false;
            flags = 0;
        }
        base = base || class == 'c';
        flags += class == 'r';
        last = class;
    }
    if (inside) {
        tokens[count].end = bytes;
        tokens[count++].last_point = number;
    }
    return count;
}

/* Appends what a code point folds to. */
static int fold(uint32_t point, uint32_t *normal) {
    uint32_t syllable = point - 0xAC00;
    if (syllable < 11172) {
        normal[0] = 0x1100 + syllable / 588;
        normal[1] = 0x1161 + syllable % 588 / 28;
        normal[2] = 0x11A7 + syllable % 28;
        return syllable % 28 ? 3 : 2;
    }
    uint32_t rank = keys_up_to(&foldings, point);
    if (!rank || number_at(foldings.keys + 4 * (size_t)(rank - 1)) != point) {
        normal[0] = point;
        return 1;
    }
    uint32_t start = folding_block[point >> 8];
    uint32_t other = point >> 8 ? keys_up_to(&foldings, (point & ~0xFFu) - 1) : 0;
    for (; other < rank - 1; other++) start += foldings.values[other];
    int length = foldings.values[rank - 1];
    for (int i = 0; i < length; i++) normal[i] = number_at(pool + 4 * (start + (size_t)i));
    return length;
}

int normalize(const uint32_t *points, int count, uint32_t normal[static MAX_CODE_POINTS]) {
    uint32_t folded[MAX_CODE_POINTS * MAX_FOLDING];
    unsigned char marks[MAX_CODE_POINTS * MAX_FOLDING];
    int length = 0;
    for (int i = 0; i < count; i++) {
        if (points[i] < 128)
            folded[length++] = points[i] - 'A' < 26u ? points[i] + 32 : points[i];
        else
            length += fold(points[i], folded + length);
    }
    for (int i = 0; i < length; i++) {
        unsigned char mark = folded[i] < 0x300 ? 0 : range_value(&combining, folded[i]);
        uint32_t point = folded[i];
        int place = i;
        for (; mark && place > 0 && marks[place - 1] > mark; place--) {
            folded[place] = folded[place - 1];
            marks[place] = marks[place - 1];
        }
        folded[place] = point;
        marks[place] = mark;
    }
    if (length > MAX_CODE_POINTS) length = MAX_CODE_POINTS;
    memcpy(normal, folded, (size_t)length * sizeof *normal);
    return length;
}

#include "pqrnn.h"

#include <string.h>

enum { UNIT = 32, START_MARK = 2, END_MARK = 3 };

_Static_assert(MAX_NGRAMS < 256, "counts of n-grams are bytes");

static const uint64_t GAMMA = 0x9E3779B97F4A7C15, NGRAM_FACTOR = 0xD6E8FEB86659FD93;

bool pqrnn_valid(const PqrnnConfig *config) {
    return config->word_features >= 0 && config->word_features <= MAX_FEATURES && config->word_features % 4 == 0 &&
           config->ngram_features >= 0 && config->ngram_features <= MAX_FEATURES && config->ngram_features % 8 == 0 &&
           config->word_features + config->ngram_features > 0 && config->ngram_min >= 1 &&
           config->ngram_max >= config->ngram_min && config->ngram_max < config->ngram_min + MAX_NGRAM_LENGTHS;
}

int pqrnn_width(const PqrnnConfig *config) {
    return config->word_features + config->ngram_features + (config->shape_features ? SHAPE_FEATURES : 0);
}

/* SplitMix64's finalizer (Steele, Lea and Flood, OOPSLA 2014). */
static uint64_t mix(uint64_t word) {
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9;
    word = (word ^ word >> 27) * 0x94D049BB133111EB;
    return word ^ word >> 31;
}

static uint64_t random_word(uint64_t seed, int number) { return mix(seed + ((uint64_t)number + 1) * GAMMA); }

/* The hash of code points in UTF-8, a lone surrogate in three bytes. */
static uint64_t hash_points(const uint32_t *points, int count) {
    unsigned char bytes[4 * MAX_CODE_POINTS + 8] = {0};
    size_t length = 0;
    for (int i = 0; i < count; i++) length += put_point(points[i], bytes + length);
    uint64_t hash = length;
    for (size_t start = 0; start < length || start == 0; start += 8) {
        uint64_t block = 0;
        for (size_t i = 0; i < 8; i++) block |= (uint64_t)bytes[start + i] << 8 * i;
        hash = (start ? mix(hash) : hash) ^ block;
    }
    return hash;
}

static void word_features(const uint32_t *points, int count, int width, int8_t *features) {
    static const int8_t ternary[4] = {0, UNIT, -UNIT, 0};
    uint64_t hash = hash_points(points, count), word = 0;
    for (int f = 0; f < width; f++) {
        if (f % 32 == 0) word = random_word(hash, f / 32);
        features[f] = ternary[word >> 2 * (f % 32) & 3];
    }
}

/* The hashes of all n-grams of the token between its marks. */
static int hash_ngrams(const PqrnnConfig *config, const uint32_t *points, int count, uint64_t *hashes) {
    uint32_t marked[MAX_CODE_POINTS + 2];
    int found = 0;
    marked[0] = START_MARK;
    memcpy(marked + 1, points, (size_t)count * sizeof *points);
    marked[count + 1] = END_MARK;
    for (int start = 0; start < count + 2; start++) {
        uint64_t hash = 0;
        for (int size = 1; size <= config->ngram_max && start + size <= count + 2; size++) {
            hash = hash * NGRAM_FACTOR + marked[start + size - 1];
            bool a_mark = size == 1 && (start == 0 || start == count + 1);
            if (size >= config->ngram_min && !a_mark) hashes[found++] = hash;
        }
    }
    return found;
}

/* The integer part of the square root of 2^42 / count, below 2^21. */
static int32_t root_of(int count) {
    uint64_t square = count ? (UINT64_C(1) << 42) / (uint64_t)count : 0, root = 0;
    for (uint64_t bit = UINT64_C(1) << 21; bit; bit >>= 1)
        if ((root + bit) * (root + bit) <= square) root += bit;
    return (int32_t)root;
}

static int8_t ngram_feature(int sum, int32_t root, bool sums) {
    if (!sums) return (int8_t)(UNIT * ((sum > 0) - (sum < 0)));
    /* the shift of a negative number is up to the compiler: 2^30 is added before and taken away behind it */
    int32_t value = (int32_t)((uint32_t)(sum * root + (1 << 15) + (1 << 30)) >> 16) - (1 << 14);
    return (int8_t)(value > 127 ? 127 : value < -127 ? -127 : value);
}

/* The bits of a byte, each in a byte of its own, the lowest first. */
static uint64_t spread(uint64_t byte) {
    uint64_t bits = byte * 0x0101010101010101 & 0x8040201008040201;
    return (bits + 0x7F7F7F7F7F7F7F7F) >> 7 & 0x0101010101010101;
}

static void ngram_features(const PqrnnConfig *config, const uint32_t *points, int count, int8_t *features) {
    uint64_t hashes[MAX_NGRAMS];
    int found = hash_ngrams(config, points, count, hashes);
    int32_t root = root_of(found);
    for (int start = 0; start < config->ngram_features; start += 64) {
        int width = config->ngram_features - start < 64 ? config->ngram_features - start : 64;
        uint64_t ones[8] = {0}; /* eight counts each, of at most MAX_NGRAMS */
        for (int i = 0; i < found; i++) {
            uint64_t word = random_word(hashes[i], start / 64);
            for (int byte = 0; byte < 8; byte++) ones[byte] += spread(word >> 8 * byte & 0xFF);
        }
        for (int bit = 0; bit < width; bit++) {
            int sum = 2 * (int)(ones[bit / 8] >> 8 * (bit % 8) & 0xFF) - found;
            features[start + bit] = ngram_feature(sum, root, config->sums);
        }
    }
}

static void shape_features(const char *classes, int count, int8_t *features) {
    int upper = 0, lower = 0;
    bool digit = false, sign = false;
    for (int i = 0; i < count; i++) {
        upper += classes[i] == 'u';
        lower += classes[i] == 'l';
        digit = digit || classes[i] == 'd';
        sign = sign || classes[i] == 'o';
    }
    bool initial = upper == 1 && classes[0] == 'u', capitals = upper > 1 && lower == 0;
    bool holds[SHAPE_FEATURES] = {upper == 0 && lower > 0,
                                  initial,
                                  capitals,
                                  upper > 0 && !initial && !capitals,
                                  digit,
                                  sign,
                                  count >= 2,
                                  count >= 3,
                                  count >= 5,
                                  count >= 9};
    for (int i = 0; i < SHAPE_FEATURES; i++) features[i] = holds[i] ? UNIT : -UNIT;
}

void pqrnn_features(const PqrnnConfig *config, const unsigned char *token, size_t bytes, int8_t *features) {
    uint32_t points[MAX_CODE_POINTS], normal[MAX_CODE_POINTS];
    char classes[MAX_CODE_POINTS];
    int count = 0;
    for (size_t at = 0; at < bytes && count < MAX_CODE_POINTS; count++) {
        points[count] = next_point(token, bytes, &at);
        classes[count] = class_of(points[count]);
    }
    int length = normalize(points, count, normal);
    word_features(normal, length, config->word_features, features);
    features += config->word_features;
    ngram_features(config, normal, length, features);
    features += config->ngram_features;
    if (config->shape_features) shape_features(classes, count, features);
}

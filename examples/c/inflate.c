/* Inflate (RFC 1951), canonical codes decoded bit by bit: some hundred microseconds a model, once. */
#include "inflate.h"

#include <stdint.h>
#include <string.h>

enum { LONGEST_CODE = 15, LITERALS = 288, DISTANCES = 32 };

typedef struct {
    const unsigned char *source;
    size_t source_size, source_at;
    unsigned char *target;
    size_t target_size, target_at;
    uint32_t bits;
    int bit_count;
    bool failed;
} State;

/* A code: how many symbols have each length, and the symbols in order. */
typedef struct {
    uint16_t count[LONGEST_CODE + 1], symbol[LITERALS];
} Code;

static int bits(State *state, int wanted) {
    while (state->bit_count < wanted) {
        if (state->source_at == state->source_size) {
            state->failed = true;
            return 0;
        }
        state->bits |= (uint32_t)state->source[state->source_at++] << state->bit_count;
        state->bit_count += 8;
    }
    int value = (int)(state->bits & ((1u << wanted) - 1));
    state->bits >>= wanted;
    state->bit_count -= wanted;
    return value;
}

static int symbol(State *state, const Code *code) {
    int value = 0, first = 0, index = 0;
    for (int length = 1; length <= LONGEST_CODE && !state->failed; length++) {
        value |= bits(state, 1);
        int count = code->count[length];
        if (value - count < first) return code->symbol[index + (value - first)];
        index += count;
        first = (first + count) << 1;
        value <<= 1;
    }
    state->failed = true;
    return 0;
}

/* Makes a code of the lengths of its symbols; one that says more than there is to say is refused. */
static bool make_code(Code *code, const unsigned char *lengths, int symbols) {
    uint16_t offsets[LONGEST_CODE + 2] = {0};
    memset(code, 0, sizeof *code);
    for (int i = 0; i < symbols; i++) code->count[lengths[i]]++;
    code->count[0] = 0;
    int left = 1;
    for (int length = 1; length <= LONGEST_CODE; length++) {
        left = 2 * left - code->count[length];
        if (left < 0) return false;
        offsets[length + 1] = (uint16_t)(offsets[length] + code->count[length]);
    }
    for (int i = 0; i < symbols; i++)
        if (lengths[i]) code->symbol[offsets[lengths[i]]++] = (uint16_t)i;
    return true;
}

static void put(State *state, unsigned char byte) {
    if (state->target_at == state->target_size)
        state->failed = true;
    else
        state->target[state->target_at++] = byte;
}

static void copy_block(State *state, const Code *literals, const Code *distances) {
    static const uint16_t length_base[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                             31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint8_t length_bits[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                            2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    static const uint16_t distance_base[30] = {1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
                                               33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
                                               1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
    static const uint8_t distance_bits[30] = {0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
                                              6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};
    while (!state->failed) {
        int found = symbol(state, literals);
        if (found == 256) return;
        if (found < 256) {
            put(state, (unsigned char)found);
            continue;
        }
        if (found - 257 >= 29) break;
        int length = length_base[found - 257] + bits(state, length_bits[found - 257]);
        int code = symbol(state, distances);
        if (code >= 30) break;
        size_t distance = distance_base[code] + (size_t)bits(state, distance_bits[code]);
        if (distance > state->target_at) break;
        while (length-- > 0 && !state->failed) put(state, state->target[state->target_at - distance]);
    }
    state->failed = true;
}

static void stored_block(State *state) {
    state->bits = 0;
    state->bit_count = 0;
    int length = bits(state, 16), inverse = bits(state, 16);
    if (length != (inverse ^ 0xFFFF)) state->failed = true;
    while (length-- > 0 && !state->failed) put(state, (unsigned char)bits(state, 8));
}

static void fixed_block(State *state) {
    unsigned char lengths[LITERALS];
    Code literals, distances;
    for (int i = 0; i < LITERALS; i++) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    make_code(&literals, lengths, LITERALS);
    memset(lengths, 5, 30);
    make_code(&distances, lengths, 30);
    copy_block(state, &literals, &distances);
}

static void dynamic_block(State *state) {
    static const uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    unsigned char lengths[LITERALS + DISTANCES] = {0};
    Code literals, distances;
    int literal_count = bits(state, 5) + 257, distance_count = bits(state, 5) + 1, order_count = bits(state, 4) + 4;
    if (state->failed || literal_count > 286 || distance_count > 30) {
        state->failed = true;
        return;
    }
    for (int i = 0; i < order_count; i++) lengths[order[i]] = (unsigned char)bits(state, 3);
    if (!make_code(&literals, lengths, 19)) state->failed = true;
    memset(lengths, 0, 19);
    for (int i = 0; i < literal_count + distance_count && !state->failed;) {
        int found = symbol(state, &literals), times = 1;
        unsigned char length = (unsigned char)found;
        if (found >= 16) {
            if (found == 16 && i == 0) state->failed = true;
            length = found == 16 && i > 0 ? lengths[i - 1] : 0;
            times = found == 16 ? 3 + bits(state, 2) : found == 17 ? 3 + bits(state, 3) : 11 + bits(state, 7);
        }
        if (times > literal_count + distance_count - i) state->failed = true;
        while (times-- > 0 && !state->failed) lengths[i++] = length;
    }
    if (state->failed || !lengths[256] || !make_code(&literals, lengths, literal_count) ||
        !make_code(&distances, lengths + literal_count, distance_count)) {
        state->failed = true;
        return;
    }
    copy_block(state, &literals, &distances);
}

bool inflate(const unsigned char *source, size_t source_size, unsigned char *target, size_t target_size) {
    State state = {.source = source, .source_size = source_size, .target = target, .target_size = target_size};
    int last;
    do {
        last = bits(&state, 1);
        int kind = bits(&state, 2);
        if (kind == 0)
            stored_block(&state);
        else if (kind == 1)
            fixed_block(&state);
        else if (kind == 2)
            dynamic_block(&state);
        else
            state.failed = true;
    } while (!last && !state.failed);
    return !state.failed && state.target_at == target_size;
}

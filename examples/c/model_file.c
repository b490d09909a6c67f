#include "model_file.h"

#include <stdarg.h>
#include <string.h>

#include "inflate.h"

enum { END_SIZE = 22, ENTRY_SIZE = 46, HEADER_SIZE = 30, LONGEST_COMMENT = 0xFFFF };

bool fail(EdgeNlpError *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return false;
}

static size_t number16(const unsigned char *at) { return at[0] | (size_t)at[1] << 8; }

static size_t number32(const unsigned char *at) { return number16(at) | number16(at + 2) << 16; }

/* The record at the archive's end, or null. */
static const unsigned char *find_end(const unsigned char *data, size_t size) {
    for (size_t back = END_SIZE; back <= size && back <= END_SIZE + LONGEST_COMMENT; back++)
        if (memcmp(data + size - back, "PK\5\6", 4) == 0) return data + size - back;
    return NULL;
}

/* One entry of the directory, where it and what it points to lie inside the file; its offset counts from `origin`. */
static bool read_entry(ModelFile *file, size_t origin, size_t at, size_t *next) {
    const unsigned char *entry = file->data + at;
    if (file->size - at < ENTRY_SIZE || memcmp(entry, "PK\1\2", 4) != 0) return false;
    size_t name_size = number16(entry + 28), start = origin + number32(entry + 42);
    *next = at + ENTRY_SIZE + name_size + number16(entry + 30) + number16(entry + 32);
    PackedFile *packed = &file->files[file->count];
    if (*next > file->size || name_size >= sizeof packed->name) return false;
    memcpy(packed->name, entry + ENTRY_SIZE, name_size);
    packed->name[name_size] = 0;
    if (model_file_find(file, packed->name)) return false;
    file->count++;
    size_t flags = number16(entry + 8), method = number16(entry + 10);
    packed->deflated = method == 8;
    packed->packed_size = number32(entry + 20);
    packed->size = number32(entry + 24);
    packed->crc = (uint32_t)number32(entry + 16);
    if (flags & 1 || (method != 0 && method != 8) || packed->size > MAX_FILE_BYTES) return false;
    if (!packed->deflated && packed->packed_size != packed->size) return false;
    if (start > file->size || file->size - start < HEADER_SIZE || memcmp(file->data + start, "PK\3\4", 4) != 0)
        return false;
    packed->packed_at = start + HEADER_SIZE + number16(file->data + start + 26) + number16(file->data + start + 28);
    if (packed->packed_at > file->size || file->size - packed->packed_at < packed->packed_size) return false;
    if (start < file->graph_size) file->graph_size = start;
    return true;
}

bool model_file_open(const unsigned char *data, size_t size, ModelFile *file, EdgeNlpError *error) {
    *file = (ModelFile){.data = data, .size = size, .graph_size = size};
    if (size < 8 || memcmp(data + 4, "TFL3", 4) != 0) return fail(error, "this is not a TFLite file.");
    const unsigned char *end = find_end(data, size);
    if (!end) return fail(error, "the file holds no edgenlp.json: it is cut off, or no model of edgenlp.");
    size_t entries = number16(end + 10), length = number32(end + 12), offset = number32(end + 16);
    if (entries > MAX_FILES) return fail(error, "it holds %zu associated files, more than a model may have.", entries);
    /* offsets count from the beginning of the file or of the archive: what stands before the end tells */
    size_t before = (size_t)(end - data), at = before - length, origin = at - offset;
    bool whole = length <= before && offset <= at;
    for (size_t i = 0; i < entries && whole; i++) whole = read_entry(file, origin, at, &at);
    return whole || fail(error, "the associated files are damaged; copy or download the file again.");
}

const PackedFile *model_file_find(const ModelFile *file, const char *name) {
    for (int i = 0; i < file->count; i++)
        if (strcmp(file->files[i].name, name) == 0) return &file->files[i];
    return NULL;
}

bool model_file_unpack(const ModelFile *file, const PackedFile *entry, unsigned char *target, EdgeNlpError *error) {
    const unsigned char *packed = file->data + entry->packed_at;
    bool whole = !entry->deflated || inflate(packed, entry->packed_size, target, entry->size);
    if (!entry->deflated) memcpy(target, packed, entry->size);
    if (!whole || crc32(0, target, entry->size) != entry->crc)
        return fail(error, "the associated file %s is damaged; copy or download the model again.", entry->name);
    return true;
}

uint32_t crc32(uint32_t crc, const void *data, size_t size) {
    const unsigned char *bytes = data;
    for (crc = ~crc; size--; bytes++) {
        crc ^= *bytes;
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (0xEDB88320u & -(crc & 1));
    }
    return ~crc;
}

bool model_file_graph_is(const ModelFile *file, const char *digits) {
    char found[65];
    sha256(file->data, file->graph_size, found);
    return strcmp(found, digits) == 0;
}

static uint32_t rotated(uint32_t word, int by) { return word >> by | word << (32 - by); }

static void sha256_block(uint32_t state[8], const unsigned char *block) {
    static const uint32_t constants[64] = {
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
    uint32_t words[64], v[8];
    for (int i = 0; i < 16; i++)
        words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 |
                   block[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        uint32_t a = words[i - 15], b = words[i - 2];
        words[i] = words[i - 16] + (rotated(a, 7) ^ rotated(a, 18) ^ a >> 3) + words[i - 7] +
                   (rotated(b, 17) ^ rotated(b, 19) ^ b >> 10);
    }
    memcpy(v, state, sizeof v);
    for (int i = 0; i < 64; i++) {
        uint32_t one = v[7] + (rotated(v[4], 6) ^ rotated(v[4], 11) ^ rotated(v[4], 25)) +
                       ((v[4] & v[5]) ^ (~v[4] & v[6])) + constants[i] + words[i];
        uint32_t two = (rotated(v[0], 2) ^ rotated(v[0], 13) ^ rotated(v[0], 22)) +
                       ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += one;
        v[0] = one + two;
    }
    for (int i = 0; i < 8; i++) state[i] += v[i];
}

void sha256(const unsigned char *data, size_t size, char digits[static 65]) {
    uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    unsigned char last[128] = {0};
    size_t whole = size / 64 * 64, rest = size - whole, padded = rest < 56 ? 64 : 128;
    for (size_t at = 0; at < whole; at += 64) sha256_block(state, data + at);
    if (rest) memcpy(last, data + whole, rest);
    last[rest] = 0x80;
    for (size_t i = 0; i < 8; i++) last[padded - 1 - i] = (unsigned char)((uint64_t)size * 8 >> 8 * i);
    for (size_t at = 0; at < padded; at += 64) sha256_block(state, last + at);
    for (int i = 0; i < 8; i++) snprintf(digits + 8 * i, 9, "%08x", state[i]);
}

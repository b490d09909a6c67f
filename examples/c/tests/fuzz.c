/* Replays what tools/make_fuzz.py wrote: spans and features of its strings must have Python's digests. */

#include <stdlib.h>
#include <string.h>

#include "../model_file.h"
#include "../pqrnn.h"

enum { LIMIT = 32, LONGEST = 1 << 20 };

static const PqrnnConfig CONFIG = {true, 128, 128, 1, 4, true, true}; /* as in tools/make_feature_vectors.py */

static uint32_t crc_of_number(uint32_t crc, uint32_t number) {
    unsigned char bytes[4] = {(unsigned char)number, (unsigned char)(number >> 8), (unsigned char)(number >> 16),
                              (unsigned char)(number >> 24)};
    return crc32(crc, bytes, 4);
}

/* Hexadecimal code points joined by dots to UTF-8, in memory of exactly that size, so that a byte read beyond it is
 * found. */
static unsigned char *to_utf8(char *field, size_t *bytes) {
    unsigned char *text = malloc(strlen(field) * 2 + 4);
    *bytes = 0;
    for (char *point = strtok(field, "."); point && strcmp(point, "-"); point = strtok(NULL, "."))
        *bytes += put_point((uint32_t)strtoul(point, NULL, 16), text + *bytes);
    return realloc(text, *bytes + !*bytes);
}

int main(int count, char **arguments) {
    static char line[LONGEST];
    long number = 0, wrong = 0;
    FILE *file = count == 2 ? fopen(arguments[1], "r") : NULL;
    if (!file || !text_start()) {
        fprintf(stderr, "usage: fuzz FILE, as tools/make_fuzz.py writes it\n");
        return 2;
    }
    while (fgets(line, sizeof line, file)) {
        if (line[0] == '#') continue;
        char *fields = strchr(line, ' ');
        if (!fields) continue;
        *fields++ = 0;
        uint32_t expected_spans = (uint32_t)strtoul(fields, &fields, 16);
        uint32_t expected_features = (uint32_t)strtoul(fields, &fields, 16);
        EdgeNlpSpan tokens[LIMIT];
        int8_t features[128 + 128 + SHAPE_FEATURES];
        bool truncated;
        size_t bytes;
        unsigned char *text = to_utf8(line, &bytes);
        int found = segment(text, bytes, LIMIT, CONFIG.by_script, tokens, &truncated);
        uint32_t of_spans = 0, of_features = 0;
        for (int i = 0; i < found; i++) {
            of_spans = crc_of_number(crc_of_number(of_spans, tokens[i].first_point), tokens[i].last_point);
            pqrnn_features(&CONFIG, text + tokens[i].start, tokens[i].end - tokens[i].start, features);
            of_features = crc32(of_features, features, sizeof features);
        }
        of_spans = crc_of_number(of_spans, truncated);
        free(text);
        number++;
        if (of_spans != expected_spans || of_features != expected_features) {
            if (wrong++ < 10)
                fprintf(stderr, "string %ld differs in %s\n", number,
                        of_spans != expected_spans ? "spans" : "features");
        }
    }
    fclose(file);
    printf("%ld strings, %ld differ\n", number, wrong);
    return wrong > 0 || number == 0;
}

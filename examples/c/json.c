#include "json.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

enum { DEEPEST = 64, LONGEST_NUMBER = 64 };

typedef struct {
    const char *text;
    size_t size, at;
    JsonValue *values;
    size_t count;
} Reader;

static void skip_space(Reader *reader) {
    while (reader->at < reader->size && strchr(" \t\r\n", reader->text[reader->at]) && reader->text[reader->at])
        reader->at++;
}

static bool take(Reader *reader, char wanted) {
    skip_space(reader);
    if (reader->at >= reader->size || reader->text[reader->at] != wanted) return false;
    reader->at++;
    return true;
}

static bool read_string(Reader *reader, JsonValue *value) {
    value->kind = JSON_STRING;
    value->text = reader->text + reader->at;
    for (size_t start = reader->at; reader->at < reader->size; reader->at++) {
        unsigned char c = (unsigned char)reader->text[reader->at];
        if (c < 0x20) return false;
        if (c == '"') {
            value->size = reader->at++ - start;
            return true;
        }
        reader->at += c == '\\';
    }
    return false;
}

static bool read_word(Reader *reader, JsonValue *value) {
    static const struct {
        const char *word;
        JsonKind kind;
    } words[] = {{"null", JSON_NULL}, {"true", JSON_BOOL}, {"false", JSON_BOOL}};
    size_t start = reader->at;
    value->text = reader->text + start;
    while (reader->at < reader->size && strchr("+-.0123456789Eabcdefghijklmnopqrstuvwxyz", reader->text[reader->at]) &&
           reader->text[reader->at])
        reader->at++;
    value->size = reader->at - start;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i].word) == value->size && memcmp(value->text, words[i].word, value->size) == 0) {
            value->kind = words[i].kind;
            return true;
        }
    }
    value->kind = JSON_NUMBER;
    return value->size && value->size < LONGEST_NUMBER && strchr("-0123456789", *value->text);
}

static bool read_value(Reader *reader, int depth) {
    skip_space(reader);
    if (reader->at >= reader->size || depth > DEEPEST) return false;
    JsonValue *value = &reader->values[reader->count++];
    char first = reader->text[reader->at];
    *value = (JsonValue){.text = reader->text + reader->at};
    if (first == '"') {
        reader->at++;
        if (!read_string(reader, value)) return false;
    } else if (first == '{' || first == '[') {
        char last = first == '{' ? '}' : ']';
        value->kind = first == '{' ? JSON_OBJECT : JSON_ARRAY;
        reader->at++;
        if (!take(reader, last)) {
            do {
                if (first == '{') {
                    if (!take(reader, '"')) return false;
                    JsonValue *key = &reader->values[reader->count++];
                    *key = (JsonValue){.kind = JSON_STRING};
                    if (!read_string(reader, key) || !take(reader, ':')) return false;
                    key->next = reader->count;
                }
                if (!read_value(reader, depth + 1)) return false;
                value->count++;
            } while (take(reader, ','));
            if (!take(reader, last)) return false;
        }
    } else if (!read_word(reader, value)) {
        return false;
    }
    value->next = reader->count;
    return true;
}

size_t json_count(const char *text, size_t size) {
    /* a value stands behind one of these signs, or is the document */
    size_t count = 1;
    for (size_t i = 0; i < size; i++) count += text[i] == ',' || text[i] == ':' || text[i] == '[' || text[i] == '{';
    return count;
}

bool json_read(const char *text, size_t size, JsonValue *values) {
    Reader reader = {text, size, 0, values, 0};
    if (!read_value(&reader, 0)) return false;
    skip_space(&reader);
    return reader.at == size;
}

const JsonValue *json_next(const JsonValue *values, const JsonValue *value) { return values + value->next; }

const JsonValue *json_get(const JsonValue *values, const JsonValue *value, const char *key) {
    if (!value || value->kind != JSON_OBJECT) return NULL;
    const JsonValue *at = value + 1;
    for (size_t i = 0; i < value->count; i++) {
        const JsonValue *member = json_next(values, at);
        if (json_is(at, key)) return member;
        at = json_next(values, member);
    }
    return NULL;
}

static bool hexadecimal(const char *text, uint32_t *number) {
    *number = 0;
    for (int i = 0; i < 4; i++) {
        char c = text[i];
        if (!isxdigit((unsigned char)c)) return false;
        *number = *number << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    }
    return true;
}

size_t json_room(const JsonValue *value) { return value ? value->size + 5 : 0; }

bool json_string(const JsonValue *value, char *target, size_t room, size_t *length) {
    if (!value || value->kind != JSON_STRING) return false;
    const char *text = value->text;
    size_t size = value->size, used = 0;
    for (size_t at = 0; at < size;) {
        if (room - used < 5) return false;
        if (text[at] != '\\') {
            target[used++] = text[at++];
            continue;
        }
        if (size - at < 2) return false;
        static const char escapes[] = "\"\\/bfnrt", plain[] = "\"\\/\b\f\n\r\t";
        const char *escape = strchr(escapes, text[at + 1]);
        if (escape && *escape) {
            target[used++] = plain[escape - escapes];
            at += 2;
            continue;
        }
        uint32_t point, low;
        if (text[at + 1] != 'u' || size - at < 6 || !hexadecimal(text + at + 2, &point)) return false;
        at += 6;
        if (point >> 10 == 0x36 && size - at >= 6 && text[at] == '\\' && text[at + 1] == 'u' &&
            hexadecimal(text + at + 2, &low) && low >> 10 == 0x37) {
            point = 0x10000 + ((point & 0x3FF) << 10 | (low & 0x3FF));
            at += 6;
        }
        used += put_point(point, (unsigned char *)target + used);
    }
    if (used >= room) return false;
    target[used] = 0;
    *length = used;
    return true;
}

bool json_is(const JsonValue *value, const char *string) {
    return value && value->kind == JSON_STRING && value->size == strlen(string) &&
           memcmp(value->text, string, value->size) == 0;
}

/* `strtod` takes the decimal point of the locale, and so do we: it is what stands in a half. */
double json_number(const JsonValue *value, double otherwise) {
    char half[16], digits[LONGEST_NUMBER + sizeof half];
    if (!value || value->kind != JSON_NUMBER) return otherwise;
    const char *point = memchr(value->text, '.', value->size);
    int size = (int)value->size, whole = point ? (int)(point - value->text) : size;
    int width = snprintf(half, sizeof half, "%.1f", 0.5) - 2;
    if (point)
        snprintf(digits, sizeof digits, "%.*s%.*s%.*s", whole, value->text, width, half + 1, size - whole - 1,
                 point + 1);
    else
        snprintf(digits, sizeof digits, "%.*s", size, value->text);
    return strtod(digits, NULL);
}

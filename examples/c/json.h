/* JSON as a list of values in the order of the text: each knows where the next one begins that is not inside it. */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "names.h"

typedef enum { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } JsonKind;

typedef struct {
    JsonKind kind;
    const char *text; /* of a string behind its quote, of others where they begin */
    size_t size;      /* of a string, with its escapes */
    size_t count;     /* of members: an object's keys are strings, each before its value */
    size_t next;      /* the number of the value behind this one */
} JsonValue;

/* How many values a document has at most. */
size_t json_count(const char *text, size_t size);

/* Reads a document into `json_count` values; false where it is not JSON. */
bool json_read(const char *text, size_t size, JsonValue *values);

/* The member of an object, or null; also where `value` is null or no object. */
const JsonValue *json_get(const JsonValue *values, const JsonValue *value, const char *key);

/* The first member of an array or object: a pointer that moves by `json_next`. */
const JsonValue *json_next(const JsonValue *values, const JsonValue *value);

/* The room that `json_string` needs for a string. */
size_t json_room(const JsonValue *value);

/* The string in UTF-8 with escapes resolved and a NUL behind its `size` bytes; false where `value` is no string or
 * `room` is too little. */
bool json_string(const JsonValue *value, char *target, size_t room, size_t *size);

bool json_is(const JsonValue *value, const char *string);

/* A number; `otherwise` where `value` is null or none. */
double json_number(const JsonValue *value, double otherwise);

#endif

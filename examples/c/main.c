/* edgenlp MODEL [TEXT]: what the model says about a text, or about each line of standard input, as lines of JSON. */
#define _POSIX_C_SOURCE 200809L /* getline */
#include <stdlib.h>
#include <string.h>

#include "edgenlp.h"

/* An answer on standard output; without one the reason, there too where answers are told apart by their lines. */
static bool answer(EdgeNlp *model, const char *text, size_t bytes, bool of_lines) {
    EdgeNlpError error;
    const EdgeNlpAnswer *found = edgenlp_predict(model, text, bytes, &error);
    if (found)
        edgenlp_print(stdout, found, text);
    else if (of_lines)
        edgenlp_print_error(stdout, &error);
    else
        fprintf(stderr, "error: %s\n", error.text);
    fflush(stdout); /* another program may wait for this answer before it asks again */
    return found;
}

int main(int count, char **arguments) {
    char *line = NULL;
    size_t room = 0;
    ssize_t bytes;
    EdgeNlpError error;
    bool well = true;
    if (count < 2 || count > 3) {
        fprintf(stderr, "usage: edgenlp MODEL [TEXT]\n");
        return EXIT_FAILURE;
    }
    EdgeNlp *model = edgenlp_load(arguments[1], &error);
    if (!model) {
        fprintf(stderr, "error: %s\n", error.text);
        return EXIT_FAILURE;
    }
    if (count == 3)
        well = answer(model, arguments[2], strlen(arguments[2]), false);
    else
        while ((bytes = getline(&line, &room, stdin)) >= 0) well = answer(model, line, (size_t)bytes, true) && well;
    free(line);
    edgenlp_free(model);
    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "error: the answers could not be written.\n");
        well = false;
    }
    return well ? EXIT_SUCCESS : EXIT_FAILURE;
}

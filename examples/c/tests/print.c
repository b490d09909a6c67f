/* Prints answers that a model seldom gives, in the locale of its environment: a line of JSON each. */
#include <locale.h>
#include <math.h>

#include "../edgenlp.h"

int main(void) {
    static const double scores[] = {0, 0.5, 0.99996, 1, NAN, INFINITY};
    setlocale(LC_ALL, "");
    for (size_t i = 0; i < sizeof scores / sizeof *scores; i++)
        edgenlp_print(stdout, &(EdgeNlpAnswer){.label = "alarm", .score = scores[i]}, "");
    return 0;
}

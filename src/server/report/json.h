/* Pieces of JSON that the report and the REST API share. Values are taken over; failing to add one is out of memory or our own bug, and aborts. */
#pragma once

#include "base/json.h"

#include <stdbool.h>

void kh_json_add(json_t *array, json_t *item);
void kh_json_set(json_t *object, const char *key, json_t *value);

/* A figure's value with one digit behind the point, rounded down as people see it (posture/figure.h); null when it is not known. */
json_t *kh_json_number(bool known, double value) KH_MUST_USE;

/* Query and body of a call against the tables of its route. */
#pragma once

#include "gen/api.h"
#include "http/server.h"

/* Reads what `route` describes from the query and the JSON body into one object, texts in NFC, absent ones by their fallback or left away. KH_E_INVALID_FIELD
 * names the field and what was expected; KH_E_SYNTAX for a body that is no JSON object. An empty text in the query counts as absent. */
int kh_check_call(const struct kh_api_route *route, const struct kh_request *r, json_t **ret_args) KH_MUST_USE;

/* One body against a table (NULL: no body is expected). For tests. */
int kh_check_body(const struct kh_api_param *params, const json_t *body, json_t *args) KH_MUST_USE;

/* One text of a query as the value its parameter describes. */
int kh_check_text(const struct kh_api_param *param, const char *text, json_t **ret) KH_MUST_USE;

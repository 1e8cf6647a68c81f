/* For tests of the API: a server with two communes that must not see each other, asked over TLS.
 *
 *     tinh (1)  ── xa-nha ── truong-nha     machines NHA-1 … NHA-3, users nha-admin nha-officer nha-leader nha-police nha-viewer nha-new
 *               └─ xa-kia ── truong-kia     machines BIMAT-1 … BIMAT-3, user kia-admin
 *
 * Everything that belongs to xa-kia has BIMAT in its names, what belongs to tinh alone CAPTREN: no answer to a user of xa-nha may hold one of the words. `tinh-admin` sees all. */
#pragma once

#include "base/alloc.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/test.h"
#include "server/api/api.h"
#include "server/server.h"

#define MARK "BIMAT"
#define MARK_ABOVE "CAPTREN"
#define PASSWORD "Khien-thu-2026"

/* Where something belongs, seen from xa-nha. */
enum side {
	OWN,    /* xa-nha */
	BELOW,  /* truong-nha */
	BESIDE, /* xa-kia */
	ABOVE,  /* tinh */
	SIDES,
};

/* One of everything that belongs to a unit: what a path or a body may name. */
struct place {
	const char *unit;
	int64_t unit_id;
	char endpoint[40]; /* uid */
	int64_t user, token, detection, campaign, record, file, incident, portal, alarm, dispatch, quiz, attempt, assessment, system, device, decision;
};

struct world {
	char dir[32];
	struct kh_server *server;
	struct kh_api *api;
	struct kh_http_server *http;
	uint16_t port;
	void *curl; /* CURL */
	struct place at[SIDES];
};

int world_setup(void **state);
int world_teardown(void **state);

/* One request. */
struct ask {
	const char *method; /* NULL: GET, or POST with a body */
	const char *path, *body;
	const char *cookie; /* "khien_session=…" or NULL */
	bool bare;          /* without X-Khien: 1 */
	const char *header; /* one more: "Origin: https://…" */
};
struct reply {
	int status;
	struct kh_buf head, body;
};
void reply_done(struct reply *r);
#define auto_reply KH_CLEANUP(reply_done)

void world_ask(const struct world *w, const struct ask *a, struct reply *ret);

/* Asks and expects a status; gives the JSON of the answer (NULL when it has none). */
json_t *world_json(const struct world *w, const struct ask *a, int status);

/* A session's "khien_session=…"; to be freed. */
char *world_login(const struct world *w, const char *name);

/* Runs SQL on the writer; a number read back. */
void world_sql(const struct world *w, const char *sql);
int64_t world_number(const struct world *w, const char *sql);

/* Whom an incident is reported to: packs/routes/incident.yaml, whose head is the format. Immutable once loaded; every mistake names file:line:column. */
#pragma once

#include "base/array.h"
#include "base/yaml.h"
#include "server/directive/directive.h"
#include "server/unit/unit.h"

#include <stdbool.h>
#include <stdint.h>

struct kh_incident_codes { /* KH_ARRAY(const char *) with a name */
	const char **v;
	size_t n, cap;
};

struct kh_incident_route {
	const char *name, *kind, *rule;
	struct kh_words to;      /* the receiver where the unit has no superior on the line */
	bool has_line;
	enum kh_line line;
	int64_t step;            /* levels up; 0: the top of the line */
	const char *contact;     /* may be NULL */
	bool personal_data;
	struct kh_incident_codes severities, groups; /* empty: all */
};

struct kh_incident_routes {
	KH_ARRAY(struct kh_incident_route) of;
	struct kh_yaml *file; /* owns all texts */
};
void kh_incident_routes_done(struct kh_incident_routes *routes);
#define kh_auto_incident_routes KH_CLEANUP(kh_incident_routes_done)

/* From a file, or from text (path is for messages). */
int kh_incident_routes_load(const char *path, struct kh_incident_routes *ret) KH_MUST_USE;
int kh_incident_routes_parse(const char *path, const char *text, size_t n, struct kh_incident_routes *ret) KH_MUST_USE;

/* What a route asks of an incident. */
struct kh_incident_kind {
	const char *group, *severity;
	bool personal_data;
};
bool kh_incident_route_is_for(const struct kh_incident_route *route, const struct kh_incident_kind *incident) KH_PURE;

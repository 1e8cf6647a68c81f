/* Incidents: what the register cannot say by itself.
 *
 *     report     one short form; what it is called, the clocks and their rows, and the first line of the timeline are made with it
 *     clocks     for every line of route.h a row of `incident_report` with its deadline from the law in force at T0; the earliest is the incident's
 *     suspend    the device is suspended; its machine is isolated from the network, by an order to its agent, and where there is none by people: a task says so
 *     release    after a check that was passed since; the isolation ends by order, too
 *     evidence   the files of an incident as one ZIP with the hash of each, and who had them when
 *     form       the incident as the national platform asks for it
 *
 * Of leaked state secrets nothing is kept but that it was reported, when, and the number of the paper. */
#pragma once

#include "base/buf.h"
#include "server/apart.h"
#include "server/directive/law.h"
#include "server/incident/route.h"
#include "crypto/hash.h"
#include "server/register/record.h"

#define KH_INCIDENT (&kh_registers[KH_REGISTER_INCIDENT])

/* What the clocks are made of. */
struct kh_incident_rules {
	const struct kh_law *law;
	const struct kh_incident_routes *routes;
};

struct kh_incident_new {
	int64_t unit_id, t0_s;
	const char *title, *text;      /* not kept of secret_leak */
	const char *group, *severity;  /* codes of the register */
	const char *machine;           /* uid or name of one of the unit's machines; NULL */
	const char *reporter, *contact;
	const bool *personal_data;     /* NULL: not said */
};

/* `by` without a scope: whoever has a session may report. KH_E_INVALID_FIELD, KH_E_NOT_FOUND (the machine), KH_E_RECORD_RULE. */
int kh_incident_report(struct kh_db *writer, const struct kh_incident_rules *rules, const struct kh_incident_new *incident, const struct kh_record_by *by,
		       int64_t *ret_id) KH_MUST_USE;

/* Makes the rows of the routes and sets the deadline; notes in the timeline what was sent, what became of the orders to isolate and release, and an isolation that was ended at the machine; and in the
 * incident a release that was made in the register of devices. Nothing changes when all of it stands. */
int kh_incident_follow(struct kh_db *writer, const struct kh_incident_rules *rules, int64_t id, int64_t now_s) KH_MUST_USE;

/* The same for every incident that is not over, or whose machine is isolated; each apart. */
int kh_incidents_attend(struct kh_db *writer, const struct kh_incident_rules *rules, int64_t now_s, struct kh_apart *apart) KH_MUST_USE;

/* `by` may be a user: the rights are those of changing the record. KH_E_RECORD_STATE: it is suspended already, or not suspended. KH_E_RECORD_RULE: no check was passed since. */
int kh_incident_suspend(struct kh_db *writer, int64_t id, const struct kh_record_by *by) KH_MUST_USE;
int kh_incident_release(struct kh_db *writer, int64_t id, const struct kh_record_by *by) KH_MUST_USE;

/* One line of the timeline. */
int kh_incident_step(struct kh_db *writer, const struct kh_record *incident, const char *act, const char *what, const struct kh_record_by *by) KH_MUST_USE;

/* ---- files ---- */

#define KH_INCIDENT_PACKAGE_MAX_BYTES (200UL * 1024 * 1024)

struct kh_incident_package {
	struct kh_buf zip;
	char sha256[KH_SHA256_HEX_SIZE];
	int64_t items;
};
void kh_incident_package_done(struct kh_incident_package *evidence);
#define kh_auto_incident_package KH_CLEANUP(kh_incident_package_done)

/* manifest.json, SHA256SUMS, and the files of the incident, its timeline and its reports that lie within the scope (a unit above may keep a timeline of its own), also those that were
 * taken off. KH_E_TOO_LARGE. KH_E_DATABASE: a file is not what was added. */
int kh_incident_pack(struct kh_db *db, const char *data_dir, const struct kh_record *incident, const struct kh_scope *scope, int64_t now_s, struct kh_incident_package *ret) KH_MUST_USE;

/* The handover of a package, made in the register evidence_handover with the ZIP's hash. */
int kh_incident_hand_over(struct kh_db *writer, const struct kh_record *incident, const struct kh_incident_package *evidence, const char *to_whom, const struct kh_record_by *by,
			  int64_t *ret_id) KH_MUST_USE;

/* {"fields": [{"name","label","value"}], …} in the order of the form; public addresses only. */
int kh_incident_form(struct kh_db *db, const struct kh_record *incident, int64_t now_s, json_t **ret) KH_MUST_USE;
int kh_incident_form_docx(struct kh_db *db, const struct kh_record *incident, int64_t now_s, struct kh_buf *out) KH_MUST_USE;

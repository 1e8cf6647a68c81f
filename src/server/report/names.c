#include "server/report/names.h"

#include "base/str.h"

#include <pthread.h>

#define TEXT(n) {n, KH_NAME_TEXT, NULL}
#define NOTE(n) {n, KH_NAME_NOTE, NULL}
#define NUMBER(n) {n, KH_NAME_NUMBER, NULL}
#define DAY(n) {n, KH_NAME_DAY, NULL}
#define FLAG(n) {n, KH_NAME_FLAG, NULL}
#define LIST(n, of) {n, KH_NAME_LIST, of}
#define OFFICE TEXT("unit"), TEXT("unit_code"), TEXT("superior"), TEXT("place"), DAY("day"), DAY("today"), NUMBER("year")
#define STATES NUMBER("met"), NUMBER("partly"), NUMBER("not_met"), NUMBER("not_measured"), NUMBER("not_applicable")

#define REACHED NUMBER("figures_total"), NUMBER("figures_reached"), NUMBER("figures_missed"), NUMBER("figures_free"), NUMBER("figures_unknown")
#define COUNTS NUMBER("pass"), NUMBER("fail"), NUMBER("unknown"), NUMBER("excepted"), NUMBER("not_applicable"), NUMBER("all")

static const struct kh_report_name figure[] = {
	NUMBER("n"), TEXT("id"), TEXT("title"), NUMBER("value"), NUMBER("number"), NUMBER("target"), FLAG("reached"), NOTE("waits_for"), NOTE("why"), NOTE("note"), {0},
};

static const struct kh_report_name answer[] = {
	NUMBER("n"), TEXT("title"), TEXT("state"), TEXT("state_text"), COUNTS, TEXT("remedy"), {0},
};

static const struct kh_report_name need[] = {NUMBER("n"), TEXT("need"), {0}};

static const struct kh_report_name clause[] = {
	NUMBER("n"), TEXT("id"), TEXT("clause"), TEXT("where"), TEXT("quote"), TEXT("short"), TEXT("kind"), TEXT("does"), TEXT("state"), TEXT("state_text"), DAY("by"), FLAG("overdue"),
	NOTE("gaps"), NOTE("lacks"),
	LIST("figures", figure), LIST("answers", answer), LIST("needs", need), {0},
};

static const struct kh_report_name action[] = {
	NUMBER("n"), TEXT("title"), COUNTS, NUMBER("clauses"), TEXT("remedy"), NOTE("examples"), {0},
};

static const struct kh_report_name point[] = {
	NUMBER("n"), TEXT("clause"), TEXT("title"), TEXT("state"), TEXT("state_text"), COUNTS, TEXT("remedy"), {0},
};

static const struct kh_report_name unit[] = {
	NUMBER("n"), TEXT("unit"), NUMBER("machines"), NUMBER("silent"), NUMBER("fail"), STATES, {0},
};

static const struct kh_report_name row[] = {
	NUMBER("n"), TEXT("control"), TEXT("endpoint"), TEXT("unit"), TEXT("subject"), NOTE("evidence"), {0},
};

static const struct kh_report_name directive_names[] = {
	OFFICE, STATES, TEXT("directive"), TEXT("directive_id"), TEXT("directive_name"), TEXT("directive_number"), DAY("directive_date"), TEXT("directive_issuer"),
	NUMBER("machines"), NUMBER("silent"), NUMBER("clauses_total"), NUMBER("rows_total"), NUMBER("rows_left"), NUMBER("overdue_total"), FLAG("past"),
	REACHED,
	LIST("clauses", clause), LIST("figures", figure), LIST("actions", action), LIST("units", unit), LIST("points", point), LIST("rows", row), {0},
};

static const struct kh_report_name change[] = {
	NUMBER("n"), TEXT("id"), TEXT("title"), NUMBER("value"), NUMBER("number"), NUMBER("before"), NUMBER("before_number"), TEXT("trend"), NUMBER("target"), FLAG("reached"), NOTE("waits_for"), NOTE("why"), {0},
};

static const struct kh_report_name directive[] = {
	NUMBER("n"), TEXT("title"), TEXT("issuer"), NUMBER("clauses_total"), STATES, {0},
};

static const struct kh_report_name period_names[] = {
	OFFICE, TEXT("period"), TEXT("period_before"), DAY("from"), DAY("to"), FLAG("open"), NUMBER("machines"), NUMBER("machines_before"), NUMBER("silent"),
	NUMBER("found"), NUMBER("found_machines"), NUMBER("infected_machines"), NUMBER("handled"), NUMBER("false_alarms"), NUMBER("waiting"), NUMBER("ended"), NUMBER("scans"), NUMBER("campaigns"), REACHED,
	LIST("figures", change), LIST("directives", directive), LIST("actions", action), LIST("units", unit), {0},
};

static const struct kh_report_name machine[] = {
	NUMBER("n"), TEXT("endpoint"), TEXT("unit"), TEXT("os"), DAY("seen"), NUMBER("fail"), NUMBER("unknown"), {0},
};

static const struct kh_report_name secret_device[] = {
	NUMBER("n"), TEXT("device"), TEXT("serial"), TEXT("record_unit"), TEXT("location"), DAY("from_on"), TEXT("wireless"), DAY("registered_on"), DAY("inspected_on"), TEXT("inspected_by"), TEXT("result"),
	TEXT("seal"), DAY("next_on"), {0},
};

static const struct kh_report_name inspection_names[] = {
	OFFICE, NUMBER("devices"), NUMBER("machines"), NUMBER("unregistered"), LIST("secret_devices", secret_device), LIST("secret_machines", machine), {0},
};

static const struct kh_report_name system_names[] = {
	NUMBER("n"), TEXT("name"), TEXT("kind"), TEXT("owner"), TEXT("operator"), NUMBER("level"), TEXT("dossier"), DAY("appraised_on"), TEXT("decision"), DAY("approved_on"), TEXT("approval"),
	DAY("finish_by"), TEXT("measures"), DAY("measures_by"), DAY("checked_on"), TEXT("check_kind"), TEXT("check_by"), DAY("live_on"), TEXT("record_unit"), {0},
};

static const struct kh_report_name form08_names[] = {
	OFFICE, DAY("from"), DAY("to"), NUMBER("form_year"), FLAG("open"), NUMBER("systems_total"), NUMBER("classified"), NUMBER("unclassified"), NUMBER("with_dossier"), NUMBER("without_dossier"), NUMBER("unapproved"), NUMBER("appraised"), NUMBER("approved"),
	NUMBER("approved_checked"), DAY("finish_all"), NUMBER("internal"), NUMBER("public"), NUMBER("infrastructure"), NUMBER("control"), NUMBER("other"), LIST("systems", system_names), {0},
};

/* An incident's own fields stand beside these: kh_report_name_in() of the register. */
static struct kh_report_name incident_names[200];

static void add_names(struct kh_report_name **at, const struct kh_report_name *names)
{
	for (; names->name; names++)
		*(*at)++ = *names;
}

/* The office, the fields of the register, and what hangs on the record. */
static void make_incident(void)
{
	static const struct kh_report_name office[] = {OFFICE, TEXT("id"), FLAG("secret"), FLAG("ended"), NUMBER("hours"), {0}};
	const struct kh_report_name hanging[] = {LIST("steps", kh_report_record_names(KH_REGISTER_INCIDENT_STEP)), LIST("reports", kh_report_record_names(KH_REGISTER_INCIDENT_REPORT)), {0}};
	struct kh_report_name *at = incident_names;
	add_names(&at, office);
	add_names(&at, kh_report_record_names(KH_REGISTER_INCIDENT));
	add_names(&at, hanging);
}

static pthread_once_t incident_made = PTHREAD_ONCE_INIT;

const struct kh_report_data kh_report_data[] = {
	{"directive", directive_names}, {"period", period_names}, {"inspection", inspection_names}, {"incident", incident_names}, {"form08", form08_names}, {0},
};

const struct kh_report_data *kh_report_data_named(const char *name)
{
	(void)pthread_once(&incident_made, make_incident);
	for (const struct kh_report_data *data = kh_report_data; data->name; data++)
		if (kh_streq(data->name, name))
			return data;
	return NULL;
}

const struct kh_report_name *kh_report_name_in(const struct kh_report_name *names, const char *name)
{
	for (; names->name; names++)
		if (kh_streq(names->name, name))
			return names;
	return NULL;
}

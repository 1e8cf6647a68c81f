/* What a change costs in the postures of a province, and what reading them costs: khien-bench-postures FILE [MACHINES [RECORDS]] makes a database (default: 10,000
 * machines, 201 units, 10 records of each register in each unit) and times one change of each kind inside a transaction that is then undone: milliseconds of the processor. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "server/posture/clock.h"
#include "server/posture/posture.h"
#include "server/posture/reading.h"
#include "server/posture/synthetic.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 40

static void ok(int r)
{
	if (r == 0)
		return;
	fprintf(stderr, "%s: %s\n", kh_error_info(r)->name, kh_fail_detail());
	exit(3);
}

static int64_t number(struct kh_db *db, const char *sql)
{
	int64_t n = 0;
	ok(kh_db_int(db, &n, sql));
	return n;
}

static int64_t clock_us(void)
{
	struct timespec now = {0};
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now); /* the same on a busy machine */
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static double ms_of(int64_t from_us)
{
	return (double)(clock_us() - from_us) / 1000;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void say(const char *what, double *times, size_t n)
{
	qsort(times, n, sizeof *times, by_size);
	printf("   %-64s median %8.2f, p95 %8.2f, worst %8.2f\n", what, times[n / 2], times[n * 95 / 100], times[n - 1]);
}

struct change {
	const char *what;
	void (*make)(struct kh_db *db, int64_t turn);
	int64_t unit; /* 0: another one each time */
};

static int64_t now_s;
static uint64_t seed = 5;
static int64_t at_unit; /* of the change being made */

static void every_register(struct kh_db *db, int64_t turn)
{
	const struct kh_register *reg = &kh_registers[turn % KH_REGISTERS_COUNT];
	ok(kh_synthetic_record(db, reg, at_unit, now_s, &seed));
	ok(kh_posture_register_changed(db, at_unit, reg->name));
}

static void exception(struct kh_db *db, int64_t turn)
{
	ok(kh_db_run(db,
		     "INSERT INTO reg_exception(unit_id, state, state_s, version, created_s, created_by, changed_s, changed_by, search, control, until_on)"
		     " VALUES(?1, 'approved', ?2, 1, ?2, '', ?3, '', '', ?4, ?3)",
		     at_unit, now_s, now_s + 1, kh_controls[turn * 7 % KH_CONTROLS_COUNT].name));
	ok(kh_posture_register_changed(db, at_unit, "exception"));
}

static void facts(struct kh_db *db, int64_t turn)
{
	const char *table = kh_fact_tables[turn % KH_FACTS_COUNT].name;
	ok(kh_synthetic_facts(db, 1 + turn * 37, table, 6, now_s, &seed));
	ok(kh_posture_endpoint_changed(db, 1 + turn * 37, &table, 1));
}

static void all_of_a_machine(struct kh_db *db, int64_t turn)
{
	ok(kh_posture_endpoint_changed(db, 1 + turn * 37, NULL, 0));
}

static void tree(struct kh_db *db, int64_t turn)
{
	(void)turn;
	ok(kh_posture_rebuild_units(db));
}

static void unit(struct kh_db *db, int64_t turn)
{
	(void)turn;
	ok(kh_posture_unit_changed(db, at_unit));
}

static const struct change changes[] = {
	{"a record of some register, in a unit", every_register, 0},
	{"a record of some register, at the province itself", every_register, 1},
	{"an exception approved, in a unit", exception, 0},
	{"an exception approved for the whole province", exception, 1},
	{"a fact table of a machine", facts, 0},
	{"all controls of a machine and its unit", all_of_a_machine, 0},
	{"a unit taken over: all its controls", unit, 0},
	{"lines of the tree changed: everything summed anew", tree, 0},
};

static void time_change(struct kh_db *db, const struct change *c)
{
	double times[ROUNDS];
	int64_t units = number(db, "SELECT COUNT(*) FROM unit");
	for (int64_t turn = 0; turn < ROUNDS; turn++) {
		at_unit = c->unit ? c->unit : 1 + turn * 11 % units;
		ok(kh_db_begin(db));
		int64_t from_us = clock_us();
		c->make(db, turn);
		times[turn] = ms_of(from_us);
		kh_db_rollback(db);
	}
	say(c->what, times, ROUNDS);
}

static void time_reading(struct kh_db *db, int64_t unit_id, const char *counts, const char *measures)
{
	double times[ROUNDS], more[ROUNDS];
	struct kh_posture posture = {0};
	for (int turn = 0; turn < ROUNDS; turn++) {
		int64_t from_us = clock_us();
		ok(kh_posture_read(db, unit_id, KH_TODAY, &posture));
		times[turn] = ms_of(from_us);
		from_us = clock_us();
		ok(kh_posture_measure(db, unit_id, &posture));
		more[turn] = ms_of(from_us);
	}
	say(counts, times, ROUNDS);
	say(measures, more, ROUNDS);
}

static void fill(struct kh_db *db, unsigned machines, unsigned records)
{
	struct kh_synthetic s = {.wards = 20, .units_per_ward = 9, .endpoints = machines, .most_rows = 6, .records = records, .seed = 7};
	int64_t from_us = clock_us();
	ok(kh_db_begin(db));
	ok(kh_synthetic_schema(db));
	ok(kh_synthetic_fill(db, &s, now_s));
	ok(kh_db_run(db, "DELETE FROM reg_exception WHERE id % 20 > 0")); /* at random everything would be excepted */
	ok(kh_db_commit(db));
	printf("   filled in %.1f s\n", ms_of(from_us) / 1000);
	kh_auto_stale struct kh_stale_list list = {0};
	from_us = clock_us();
	ok(kh_clock_find(db, KH_ALL_CONTROLS, now_s, &list));
	printf("   asked of all, set-wise: %.1f s, %zu answers\n", ms_of(from_us) / 1000, list.of.n);
	from_us = clock_us();
	ok(kh_db_begin(db));
	for (size_t i = 0; i < list.of.n; i++)
		ok(kh_posture_ask(db, list.of.v[i].id, &kh_controls[list.of.v[i].control], now_s, NULL));
	ok(kh_db_commit(db));
	printf("   answered and summed one by one: %.1f s\n", ms_of(from_us) / 1000);
}

int main(int argc, char **argv)
{
	int64_t machines = 10000, records = 10;
	kh_auto_db struct kh_db *db = NULL;
	if (argc < 2 || argc > 4 || (argc > 2 && !kh_parse_int(argv[2], 1, 1000000, &machines)) || (argc > 3 && !kh_parse_int(argv[3], 0, 1000, &records))) {
		fputs("usage: khien-bench-postures FILE [MACHINES [RECORDS]]\n", stderr);
		return 2;
	}
	kh_auto_free char *url = kh_format("sqlite:%s", argv[1]);
	now_s = kh_now_s();
	ok(kh_db_open(url, &(struct kh_db_options){.create = true}, &db));
	fill(db, (unsigned)machines, (unsigned)records);
	printf("   %lld machines, %lld units, %d controls, %d registers with %lld records each in each unit; ms\n", (long long)machines,
	       (long long)number(db, "SELECT COUNT(*) FROM unit"), KH_CONTROLS_COUNT, KH_REGISTERS_COUNT, (long long)records);
	for (size_t i = 0; i < KH_COUNT(changes); i++)
		time_change(db, &changes[i]);
	time_reading(db, 1, "read: counts of the province", "read: spans and measures of the province");
	time_reading(db, 3, "read: counts of a unit", "read: spans and measures of a unit");
	kh_auto_stale struct kh_stale_list list = {0};
	int64_t from_us = clock_us();
	ok(kh_clock_find(db, KH_CLOCK_CONTROLS, now_s + 60, &list));
	printf("   what time changed, looked for in everything: %.1f s\n", ms_of(from_us) / 1000);
	return 0;
}

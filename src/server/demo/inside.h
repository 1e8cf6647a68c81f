/* What the parts of the demonstration data share: for demo/ only. */
#pragma once

#include "base/array.h"
#include "base/json.h"
#include "base/yaml.h"
#include "crypto/hash.h"
#include "gen/registers.h"
#include "server/demo/demo.h"

#define DEMO_ACTOR "so-lieu-mau"

struct demo_unit {
	int64_t id;
	char *code, *name, *place; /* place: "Suối Trăng" of "UBND phường Suối Trăng (số liệu mẫu)" */
	char *kind;
	size_t first_machine, machines;
};

struct demo_machine {
	int64_t id;
	size_t unit;
	const char *role, *machine_class, *manner; /* its traits */
	int64_t enrolled_s;
};

struct demo_ids {
	KH_ARRAY(int64_t) of;
};

struct demo {
	struct kh_db *db; /* the writer of the transaction that runs */
	const struct kh_demo_options *options;
	const struct kh_yaml_node *words; /* of the pack */
	int64_t now_s;
	uint64_t seed;
	KH_ARRAY(struct demo_unit) units; /* the province first */
	KH_ARRAY(struct demo_machine) machines;
	struct demo_ids *records; /* by unit and register */
	char proof_sha256[KH_SHA256_HEX_SIZE];
	int64_t proof_size;
	size_t parts, all_parts; /* of the pack: made, and in it */
};

/* One thing that is being made: what values speak of. */
struct demo_scene {
	struct demo *d;
	size_t unit;
	const struct demo_machine *machine; /* NULL: none */
	int64_t it;                         /* the record it is made for */
	int64_t n, i;                       /* how many there were, of this recipe and of it in this unit */
	int64_t at_s;
};

/* ---- value.c ---- */

uint64_t demo_next(struct demo *d, uint64_t n); /* 0…n-1 */
bool demo_hits(struct demo *d, int64_t percent);
double demo_between(struct demo *d, double a, double b);

/* A value of the API (register/field.h) for a field of this type; null for an absent node. */
int demo_value(struct demo_scene *s, enum kh_field_type type, const struct kh_yaml_node *node, json_t **ret) KH_MUST_USE;

/* Is everything in it well said, whatever is picked? A code must be one of `codes` (NULL: any text). */
int demo_check_value(struct demo_scene *s, enum kh_field_type type, const struct kh_code *codes, const struct kh_yaml_node *node) KH_MUST_USE;

/* "[a, b]": a moment between two days, which are numbers counted from from_s or dates. */
int demo_moment(struct demo *d, const struct kh_yaml_node *range, int64_t from_s, int64_t *ret) KH_MUST_USE;
/* The two ends of it. */
int demo_range(const struct kh_yaml_node *range, int64_t from_s, int64_t *ret_first, int64_t *ret_last) KH_MUST_USE;
/* A whole number, or one of "[a, b]". */
int demo_count(struct demo *d, const struct kh_yaml_node *node, int64_t otherwise, int64_t *ret) KH_MUST_USE;

/* What a machine is called by; in the caller's buffer. */
void demo_mac(int64_t machine_id, char out[18]);
void demo_address(int64_t machine_id, char out[16]);

struct demo_ids *demo_records(struct demo *d, size_t unit, enum kh_register_id reg);

/* Do `when` and `unless` of a recipe choose this machine? */
bool demo_is_about(const struct demo_machine *m, const struct kh_yaml_node *recipe);

/* ---- the parts of the flow ---- */

int demo_make_units(struct demo *d) KH_MUST_USE;
int demo_make_machines(struct demo *d) KH_MUST_USE;
/* One recipe for a table of facts, detections or scans; for a register. */
int demo_make_rows(struct demo *d, const struct kh_yaml_node *table) KH_MUST_USE;
int demo_make_records(struct demo *d, const struct kh_yaml_node *recipe) KH_MUST_USE;
/* The same, looked at before anything is made: with a `d` of one unit and one machine. What only the engine knows (a rule, a unique number) is not seen here. */
int demo_check_rows(struct demo *d, const struct kh_yaml_node *table) KH_MUST_USE;
int demo_check_records(struct demo *d, const struct kh_yaml_node *recipe) KH_MUST_USE;
/* `when` and `unless`: traits that machines can have. */
int demo_check_traits(const struct kh_yaml_node *recipe) KH_MUST_USE;

/* KH_E_INVALID_CONFIG; the root is lent by the pack. */
int demo_read_pack(const char *path, struct kh_yaml **ret) KH_MUST_USE;
void demo_done(struct demo *d);
uint64_t demo_seed(int64_t seed);

/* Postures of the days before. */
int demo_make_past(struct demo *d) KH_MUST_USE;

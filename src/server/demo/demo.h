/* `khien-server demo`: a data directory with an invented province, to look at, to teach with and to measure.
 *
 * What it holds is said in packs/demo/province.yaml: words to make names of, recipes for the records of every register, and for what agents would have measured. Nobody
 * and nothing in it exists: the family name of all people is "Mẫu" (sample), domains end in .example (RFC 2606), public addresses are those set aside for documents
 * (RFC 5737, RFC 3849), telephone numbers begin with 0000. Every unit's name ends with "(số liệu mẫu)", every record was made by "so-lieu-mau", meta('demo') is set and
 * GET /api/v1/about says so, which the console shows on every page.
 *
 * The same pack, seed, sizes and moment give the same content.
 *
 * A recipe, for a register (each of its fields as in the pack) or a table of facts:
 *     for: unit | [ward, province] | machine | {records: staff}    once for each of these; default unit
 *     when: [secret]         only on machines with one of these traits: role, class (workstation, server), tidy, careless; `unless:` the reverse
 *     share: 70              in percent of them; the very first always
 *     count: [2, 5]          so many for each
 *     every: 0.5             instead of count: one every so many days from the first to the last of `on`
 *     on: [-400, -3]         when: days from now, or dates; a record is made then, or now for what lies ahead
 *     again: all | last      instead of fields: moves of the unit's records that are there
 *     fields: {field: value}
 *     moves: [{move: …, after: [1, 3], share: 80, fields: {…}, proof: minutes}]   days after the one before; those that would lie ahead are left away, and those that
 *                            the state does not allow; with `if_allowed: true` also what a rule of the register refuses
 * A value:
 *     text                   with {word} of the pack's words, {1-254} a number, {n} how many there were, {i} how many of this unit, and what the thing is
 *                            called: {unit} {place} {code} {host} {mac} {ip} {public} {serial} {year} {month} {number}
 *     [a, b]                 a number between; of a date or time days from now
 *     {after: [a, b]}        of a date or time: days after the record
 *     {pick: [a, b]}, {pick: {a: 70, b: 30}}    one of these
 *     {share: 80, is: a, else: b}               a in so many of a hundred
 *     {own: register}, {top: register}          a record of the unit, of the province: any; with `at: 0` that one, with `last: true` the last
 *     {machine: true}, {it: true}               the machine it is about, else any of the unit's; the record it is made for */
#pragma once

#include "base/attr.h"
#include "server/store/store.h"

#include <stdint.h>

struct kh_demo_options {
	const char *pack;     /* path of province.yaml */
	const char *data_dir; /* where files of proof go */
	int64_t units, endpoints, seed, now_s;
	void (*progress)(size_t done, size_t all); /* parts of the pack; NULL: nobody wants to know */
};

#define KH_DEMO_MIN_UNITS 5
#define KH_DEMO_MAX_UNITS 5000
#define KH_DEMO_MAX_ENDPOINTS 200000

#define KH_DEMO_UNIT_NAME "UBND tỉnh Hoa Mẫu (số liệu mẫu)"
#define KH_DEMO_UNIT_CODE "tinh-hoa-mau"

struct kh_pack_mistakes;
/* Reads the pack to its end and notes what is wrong with it, without making anything: a mistake of each recipe. */
void kh_demo_check(const char *pack, struct kh_pack_mistakes *mistakes);

/* Fills a store whose only unit is the province. KH_E_INVALID_CONFIG names the place in the pack. Broken off by base/stop.h. */
int kh_demo_fill(struct kh_store *store, const struct kh_demo_options *options) KH_MUST_USE;

/* Was this store filled so? */
int kh_demo_is(struct kh_db *db, bool *ret) KH_MUST_USE;

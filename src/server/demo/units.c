/* The tree: a province, its departments and police, wards, and what stands below wards. */
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "server/demo/inside.h"
#include "server/unit/unit.h"

#define SAMPLE " (số liệu mẫu)"
#define MOST_WARDS 166

/* "Suối Trăng", another one for each number: all pairs of two lists of words. */
static int place_name(struct demo *d, size_t number, char **ret)
{
	const struct kh_yaml_node *first = kh_yaml_get(d->words, "first"), *second = kh_yaml_get(d->words, "second");
	const char *a = NULL, *b = NULL;
	size_t n = first ? kh_yaml_count(first) : 0, m = second ? kh_yaml_count(second) : 0;
	if (!n || !m)
		return kh_yaml_fail(d->words, "expected the words `first` and `second`");
	int r = kh_yaml_text(kh_yaml_item(first, number % n), &a);
	r = r < 0 ? r : kh_yaml_text(kh_yaml_item(second, number / n % m), &b);
	if (r == 0)
		*ret = number / n / m ? kh_format("%s %s %zu", a, b, number / n / m + 1) : kh_format("%s %s", a, b);
	return r;
}

struct place {
	const char *kind, *form; /* "UBND phường %s" */
	const char *code;
	size_t parent, police; /* places in d->units; police 0: none */
};

static int add_unit(struct demo *d, const struct place *p, char *place)
{
	struct demo_unit unit = {.place = place, .kind = kh_strdup(p->kind), .code = kh_format("%s-%zu", p->code, d->units.n)};
	unit.name = kh_format("%s%s%s", p->form, place, SAMPLE);
	struct kh_unit_new new = {.code = unit.code, .name = unit.name, .kind = p->kind, .parent = {d->units.v[p->parent].id}};
	if (p->police)
		new.parent[KH_LINE_POLICE] = d->units.v[p->police].id;
	int r = kh_unit_add(d->db, &new, DEMO_ACTOR, d->now_s - 500 * KH_DAY_S, &unit.id);
	(void)kh_array_push(&d->units, unit);
	return r;
}

static int add_named(struct demo *d, const struct place *p)
{
	char *place = NULL;
	int r = place_name(d, d->units.n * 7, &place);
	return r < 0 ? r : add_unit(d, p, place);
}

/* Departments have no place of their own. */
static int add_departments(struct demo *d, size_t n)
{
	const struct kh_yaml_node *names = kh_yaml_get(d->words, "departments");
	int r = add_unit(d, &(struct place){.kind = "police", .form = "Công an tỉnh ", .code = "cong-an"}, kh_strdup("Hoa Mẫu"));
	for (size_t i = 0; r == 0 && i + 1 < n; i++) {
		const char *name = NULL;
		r = kh_yaml_text(kh_yaml_item(names, i % kh_yaml_count(names)), &name);
		r = r < 0 ? r : add_unit(d, &(struct place){.kind = "department", .form = "", .code = "so"}, kh_strdup(name));
	}
	return r;
}

static int add_below_ward(struct demo *d, size_t ward, size_t number)
{
	static const struct place places[] = {
		{.kind = "school", .form = "Trường Tiểu học ", .code = "truong"}, {.kind = "health", .form = "Trạm Y tế ", .code = "tram-y-te"},
		{.kind = "school", .form = "Trường Mầm non ", .code = "truong"},  {.kind = "centre", .form = "Trung tâm Phục vụ hành chính công ", .code = "trung-tam"},
	};
	struct place p = places[number % KH_COUNT(places)];
	p.parent = ward;
	return add_unit(d, &p, kh_strdup(d->units.v[ward].place));
}

static int take_province(struct demo *d)
{
	struct demo_unit top = {.code = kh_strdup(KH_DEMO_UNIT_CODE), .name = kh_strdup(KH_DEMO_UNIT_NAME), .place = kh_strdup("Hoa Mẫu"), .kind = kh_strdup("province")};
	int r = kh_db_int(d->db, &top.id, "SELECT id FROM unit WHERE code = ?1", top.code);
	(void)kh_array_push(&d->units, top);
	return r == 0 && !top.id ? kh_fail(KH_E_UNKNOWN_UNIT, "%s", KH_DEMO_UNIT_CODE) : r;
}

/* Of 200: one province, its police, 17 departments, 140 wards, 41 schools and stations below wards. */
int demo_make_units(struct demo *d)
{
	size_t all = (size_t)d->options->units, departments = KH_MIN(KH_MAX(all / 11, (size_t)1), (size_t)18);
	size_t wards = KH_MIN(KH_MAX(all * 7 / 10, (size_t)1), (size_t)MOST_WARDS);
	int r = take_province(d);
	r = r < 0 ? r : add_departments(d, departments);
	size_t first_ward = d->units.n;
	for (size_t i = 0; r == 0 && i < wards && d->units.n < all; i++)
		r = add_named(d, &(struct place){.kind = "ward", .form = i % 3 ? "UBND phường " : "UBND xã ", .code = i % 3 ? "phuong" : "xa", .police = 1});
	wards = d->units.n - first_ward;
	for (size_t i = 0; r == 0 && d->units.n < all; i++)
		r = add_below_ward(d, first_ward + i % wards, i);
	return r;
}

/* The pack, looked at before anything is made of it. */
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "server/demo/inside.h"
#include "server/packs.h"

/* What recipes speak of: one unit, one machine, no records yet. */
static void set_scene(struct demo *d)
{
	struct demo_unit unit = {.id = 1, .code = kh_strdup("x"), .name = kh_strdup("X"), .place = kh_strdup("X"), .kind = kh_strdup("province"), .machines = 1};
	struct demo_machine machine = {.id = 1, .role = "internet", .machine_class = "workstation", .manner = "tidy", .enrolled_s = d->now_s};
	(void)kh_array_push(&d->units, unit);
	(void)kh_array_push(&d->machines, machine);
	d->records = kh_alloc_array(KH_REGISTERS_COUNT, sizeof *d->records);
}

static int check_words(struct demo *d, const struct kh_yaml_node *list)
{
	struct demo_scene s = {.d = d, .machine = &d->machines.v[0], .at_s = d->now_s};
	if (kh_yaml_kind(list) != KH_YAML_LIST || !kh_yaml_count(list))
		return kh_yaml_fail(list, "expected a list of words");
	int r = 0;
	for (size_t i = 0; r == 0 && i < kh_yaml_count(list); i++)
		r = demo_check_value(&s, KH_FIELD_TEXT, NULL, kh_yaml_item(list, i));
	return r;
}

static void check_all_words(struct demo *d, struct kh_pack_mistakes *mistakes)
{
	static const char *const needed[] = {"first", "second", "departments"};
	for (size_t i = 0; i < KH_COUNT(needed); i++)
		if (!kh_yaml_get(d->words, needed[i]))
			kh_pack_note(mistakes, kh_yaml_fail(d->words, "there are no words %s", needed[i]));
	for (size_t i = 0; i < kh_yaml_count(d->words); i++) {
		const struct kh_yaml_node *list = NULL;
		(void)kh_yaml_key(d->words, i, &list);
		kh_pack_note(mistakes, check_words(d, list));
	}
}

static void check_list(struct demo *d, const struct kh_yaml_node *list, int (*check)(struct demo *d, const struct kh_yaml_node *node), struct kh_pack_mistakes *mistakes)
{
	for (size_t i = 0; list && i < kh_yaml_count(list); i++)
		kh_pack_note(mistakes, check(d, kh_yaml_item(list, i)));
}

void kh_demo_check(const char *pack, struct kh_pack_mistakes *mistakes)
{
	kh_auto_yaml struct kh_yaml *yaml = NULL;
	struct kh_demo_options options = {.pack = pack, .now_s = kh_now_s()};
	KH_CLEANUP(demo_done) struct demo d = {.options = &options, .now_s = options.now_s, .seed = demo_seed(1)};
	int r = demo_read_pack(pack, &yaml);
	const struct kh_yaml_node *root = r < 0 ? NULL : kh_yaml_root(yaml);
	d.words = kh_yaml_get(root, "words");
	if (r == 0 && (!d.words || kh_yaml_kind(d.words) != KH_YAML_MAP))
		r = kh_yaml_fail(root, "expected the words that names are made of");
	kh_pack_note(mistakes, r);
	if (r < 0)
		return;
	set_scene(&d);
	check_all_words(&d, mistakes);
	check_list(&d, kh_yaml_get(root, "tables"), demo_check_rows, mistakes);
	check_list(&d, kh_yaml_get(root, "records"), demo_check_records, mistakes);
}

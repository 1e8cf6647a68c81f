#include "server/demo/demo.h"

#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "os/yaml_files.h"
#include "server/demo/inside.h"
#include "server/posture/posture.h"
#include "server/register/proof.h"

/* ---- the pack ---- */

static int take_pack(void *arg, const char *path, const char *text, size_t n)
{
	return kh_yaml_parse(path, text, n, arg);
}

int demo_read_pack(const char *path, struct kh_yaml **ret)
{
	static const char *const known[] = {"words", "tables", "records", NULL};
	kh_auto_yaml struct kh_yaml *pack = NULL;
	int r = kh_yaml_file_read(path, take_pack, &pack);
	const struct kh_yaml_node *root = r < 0 ? NULL : kh_yaml_root(pack);
	r = r < 0 ? r : root ? kh_yaml_only(root, known) : kh_fail(KH_E_INVALID_CONFIG, "%s: empty", path);
	if (r == 0)
		*ret = kh_take(pack);
	return r;
}

/* ---- the parts, each a transaction ---- */

struct part {
	struct demo *d;
	int (*make)(struct demo *d, const struct kh_yaml_node *node);
	const struct kh_yaml_node *node;
};

static int run_part(struct kh_db *writer, void *arg)
{
	struct part *p = arg;
	p->d->db = writer;
	return p->make(p->d, p->node);
}

static int make(struct kh_store *store, struct demo *d, int (*part)(struct demo *, const struct kh_yaml_node *), const struct kh_yaml_node *node)
{
	return kh_store_write(store, run_part, &(struct part){d, part, node});
}

static int make_each(struct kh_store *store, struct demo *d, int (*part)(struct demo *, const struct kh_yaml_node *), const struct kh_yaml_node *list)
{
	int r = 0;
	for (size_t i = 0; r == 0 && list && i < kh_yaml_count(list); i++) {
		r = make(store, d, part, kh_yaml_item(list, i));
		if (r == 0 && d->options->progress)
			d->options->progress(++d->parts, d->all_parts);
	}
	return r;
}

static int make_ground(struct demo *d, const struct kh_yaml_node *node)
{
	(void)node;
	int r = kh_db_run(d->db, "INSERT INTO meta(key, value) VALUES('demo', '1')");
	r = r < 0 ? r : demo_make_units(d);
	d->records = kh_alloc_array(d->units.n * KH_REGISTERS_COUNT, sizeof *d->records);
	return r < 0 ? r : demo_make_machines(d);
}

static int make_postures(struct demo *d, const struct kh_yaml_node *node)
{
	(void)node;
	int r = kh_posture_answer_all(d->db);
	return r < 0 ? r : demo_make_past(d);
}

/* What proves everything here. */
static int store_proof(struct demo *d)
{
	static const char text[] = "SỐ LIỆU MẪU: tệp này không chứng minh điều gì.\nSAMPLE DATA: this file proves nothing.\n";
	d->proof_size = (int64_t)strlen(text);
	return kh_proof_store(d->options->data_dir, text, strlen(text), d->proof_sha256);
}

void demo_done(struct demo *d)
{
	for (size_t i = 0; d->records && i < d->units.n * KH_REGISTERS_COUNT; i++)
		kh_array_done(&d->records[i].of);
	free(d->records);
	kh_array_each(&d->units, unit) {
		free(unit->code);
		free(unit->name);
		free(unit->place);
		free(unit->kind);
	}
	kh_array_done(&d->units);
	kh_array_done(&d->machines);
}

uint64_t demo_seed(int64_t seed)
{
	return (uint64_t)seed * 2654435761U + 88172645463325252U;
}

int kh_demo_fill(struct kh_store *store, const struct kh_demo_options *options)
{
	kh_auto_yaml struct kh_yaml *pack = NULL;
	KH_CLEANUP(demo_done) struct demo d = {.options = options, .now_s = options->now_s, .seed = demo_seed(options->seed)};
	int r = demo_read_pack(options->pack, &pack);
	const struct kh_yaml_node *root = r < 0 ? NULL : kh_yaml_root(pack);
	const struct kh_yaml_node *tables = kh_yaml_get(root, "tables"), *records = kh_yaml_get(root, "records");
	d.words = kh_yaml_get(root, "words");
	d.all_parts = (tables ? kh_yaml_count(tables) : 0) + (records ? kh_yaml_count(records) : 0);
	r = r < 0 ? r : store_proof(&d);
	r = r < 0 ? r : make(store, &d, make_ground, NULL);
	r = r < 0 ? r : make_each(store, &d, demo_make_rows, tables);
	r = r < 0 ? r : make_each(store, &d, demo_make_records, records);
	return r < 0 ? r : make(store, &d, make_postures, NULL);
}

int kh_demo_is(struct kh_db *db, bool *ret)
{
	int64_t n = 0;
	int r = kh_db_int(db, &n, "SELECT COUNT(*) FROM meta WHERE key = 'demo'");
	if (r == 0)
		*ret = n > 0;
	return r;
}

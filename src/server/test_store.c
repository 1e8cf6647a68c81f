#include "server/test_store.h"

#include "base/alloc.h"
#include "base/test_dir.h"
#include "server/unit/unit.h"

#include <stdio.h>
#include <unistd.h>

int kh_test_store_setup(void **state)
{
	struct kh_test_store *t = kh_alloc(sizeof *t);
	memcpy(t->dir, "/tmp/khien-test-XXXXXX", sizeof "/tmp/khien-test-XXXXXX");
	if (!mkdtemp(t->dir))
		return -1;
	kh_auto_free char *url = kh_format("sqlite:%s/khien.db", t->dir);
	*state = t;
	return kh_store_open(url, &(struct kh_store_options){.create = true}, &t->store) < 0 || kh_store_reader(t->store, &t->db) < 0 ? -1 : 0;
}

int kh_test_store_teardown(void **state)
{
	struct kh_test_store *t = *state;
	kh_store_close(t->store);
	int r = kh_test_remove(t->dir);
	free(t);
	return r;
}

static int run(struct kh_db *db, void *sql)
{
	return kh_db_script(db, sql);
}

void kh_test_sql(struct kh_test_store *t, const char *sql)
{
	kh_auto_free char *copy = kh_strdup(sql);
	assert_int_equal(kh_store_write(t->store, run, copy), 0);
}

int64_t kh_test_number(struct kh_test_store *t, const char *sql)
{
	int64_t n = -1;
	assert_int_equal(kh_db_int(t->db, &n, sql), 0);
	return n;
}

struct adding {
	const char *code;
	int64_t parent, id;
};

static int add(struct kh_db *db, void *arg)
{
	struct adding *a = arg;
	struct kh_unit_new unit = {.code = a->code, .name = a->code, .kind = "department", .parent = {[KH_LINE_ADMIN] = a->parent}};
	return kh_unit_add(db, &unit, "test", 1000, &a->id);
}

int64_t kh_test_unit(struct kh_test_store *t, const char *code, int64_t parent)
{
	struct adding a = {code, parent, 0};
	assert_int_equal(kh_store_write(t->store, add, &a), 0);
	return a.id;
}

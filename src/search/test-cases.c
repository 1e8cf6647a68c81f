#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "os/file.h"
#include "search/cases.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_NAME "bien-ban-zebra"
#define TEXT "TUYỆT MẬT\nnội dung\n"
#define NOW 1800000000

static char dir[] = "/tmp/khien-cases-XXXXXX";
static char *folder, *file;

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	folder = kh_format("%s/secret", dir);
	file = kh_format("%s/docs/" SECRET_NAME ".txt", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(folder);
	free(file);
	return kh_test_remove(dir);
}

static void write_document(const char *text)
{
	kh_auto_free char *docs = kh_format("%s/docs", dir);
	assert_int_equal(kh_dir_make(docs, 0755), 0);
	assert_int_equal(kh_file_replace(file, text, strlen(text), 0640), 0);
}

static void begin(struct kh_cases *c)
{
	if (kh_file_exists(folder))
		assert_int_equal(kh_test_remove(folder), 0);
	assert_int_equal(kh_cases_open(folder, c), 0);
}

static struct kh_case *find(struct kh_cases *c, const char *text, int64_t now_s, bool *ret_new)
{
	uint8_t hash[KH_SHA256_SIZE];
	kh_sha256_of(text, strlen(text), hash);
	return kh_cases_found(c, &(struct kh_case_find){file, hash, KH_SECRECY_TUYET_MAT, KH_PLACE_DOCUMENTS}, now_s, ret_new);
}

static void save_and_open_again(struct kh_cases *c)
{
	assert_int_equal(kh_cases_save(c, NOW), 0);
	kh_cases_done(c);
	assert_int_equal(kh_cases_open(folder, c), 0);
}

static bool holds(const char *name, const char *text)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_auto_free char *path = kh_format("%s/%s", folder, name);
	assert_int_equal(kh_file_read(path, 1 << 20, &b), 0);
	return strstr(kh_buf_text(&b), text) != NULL;
}

static void is_kept_and_told_without_its_name(void **state)
{
	(void)state;
	kh_auto_cases struct kh_cases c = KH_CASES_NONE;
	bool is_new = false;
	begin(&c);
	struct kh_case *k = find(&c, TEXT, NOW, &is_new);
	assert_true(is_new);
	char id[KH_UUID_SIZE];
	memcpy(id, k->id, sizeof id);
	c.last = (struct kh_case_search){.ended_s = NOW, .lack = NULL, .unread_since_s = NOW - 5, .files = 7, .encrypted = 2};
	save_and_open_again(&c);
	assert_int_equal(c.n, 1);
	assert_string_equal(c.v[0].path, file);
	assert_int_equal(c.last.encrypted, 2);
	assert_null(c.last.lack);
	assert_int_equal(c.last.unread_since_s, NOW - 5);
	assert_true(holds("told.json", id) && holds("told.json", "tuyet_mat") && holds("told.json", "documents"));
	assert_false(holds("told.json", SECRET_NAME) || holds("told.json", "path") || holds("told.json", dir));
	kh_auto_buf struct kh_buf event = KH_BUF_INIT;
	kh_case_event(&event, &c.v[0]);
	assert_non_null(strstr(kh_buf_text(&event), "\"action\":\"secret_found\""));
	assert_null(strstr(kh_buf_text(&event), SECRET_NAME));
	find(&c, TEXT, NOW + 9, &is_new);
	assert_false(is_new);
	find(&c, TEXT "edited", NOW + 9, &is_new);
	assert_false(is_new); /* an open case goes with its path */
	assert_int_equal(c.n, 1);
	assert_int_equal(c.v[0].found_s, NOW);
}

static void is_gone_with_its_file_but_not_with_its_medium(void **state)
{
	(void)state;
	kh_auto_cases struct kh_cases c = KH_CASES_NONE;
	bool is_new = false;
	begin(&c);
	write_document(TEXT);
	find(&c, TEXT, NOW, &is_new);
	save_and_open_again(&c);
	assert_null(kh_cases_next_gone(&c, NOW + 1)); /* it is there */
	kh_auto_free char *docs = kh_format("%s/docs", dir);
	assert_int_equal(kh_test_remove(docs), 0);
	assert_null(kh_cases_next_gone(&c, NOW + 1)); /* its folder is not */
	assert_int_equal(kh_dir_make(docs, 0755), 0);
	struct kh_case *k = kh_cases_next_gone(&c, NOW + 1);
	assert_non_null(k);
	assert_int_equal(k->state, KH_CASE_GONE);
	assert_int_equal(k->since_s, NOW + 1);
	assert_null(kh_cases_next_gone(&c, NOW + 1));
	assert_ptr_equal(find(&c, TEXT, NOW + 2, &is_new), k); /* it is back */
	assert_true(is_new && k->state == KH_CASE_FOUND);
	k->seen = false;
	assert_ptr_equal(kh_cases_cleared(&c, file, NOW + 3), k);
	assert_int_equal(k->state, KH_CASE_GONE);
	assert_null(kh_cases_cleared(&c, file, NOW + 3));
}

static void is_held_put_back_and_handed_over(void **state)
{
	(void)state;
	kh_auto_cases struct kh_cases c = KH_CASES_NONE;
	bool is_new = false;
	begin(&c);
	write_document(TEXT);
	struct kh_case *k = find(&c, TEXT, NOW, &is_new);
	assert_int_equal(kh_case_hand_over(&c, k, "12/BB", NULL, NOW), KH_E_RECORD_STATE);
	assert_int_equal(kh_case_hold(&c, k, NOW), 0);
	assert_false(kh_file_exists(file));
	assert_int_equal(kh_case_hold(&c, k, NOW), KH_E_RECORD_STATE);
	save_and_open_again(&c);
	k = &c.v[0];
	assert_int_equal(k->state, KH_CASE_HELD);
	assert_null(kh_cases_next_gone(&c, NOW)); /* not gone: held */
	assert_int_equal(kh_case_false_alarm(&c, k, "form", "mẫu biểu", NOW), 0);
	assert_true(kh_file_exists(file));
	assert_string_equal(k->hold, "");
	find(&c, TEXT, NOW + 1, &is_new);
	assert_false(is_new);
	assert_int_equal(k->state, KH_CASE_FALSE_ALARM); /* stays what a person said of this content … */
	find(&c, TEXT "x", NOW + 1, &is_new);
	assert_true(is_new); /* … not of another */
	k = &c.v[1];
	assert_int_equal(kh_case_hold(&c, k, NOW), KH_E_FILE_CHANGED);
	write_document(TEXT "x");
	assert_int_equal(kh_case_hold(&c, k, NOW), 0);
	kh_auto_free char *to = kh_format("%s/out.txt", dir);
	assert_int_equal(kh_case_hand_over(&c, k, "12/BB", to, NOW), KH_E_FORBIDDEN);
	kh_auto_free char *around = kh_format("/media/../dev/shm/khien-%d.txt", getpid()); /* another file system, and below /media by its words alone */
	assert_int_equal(kh_case_hand_over(&c, k, "12/BB", around, NOW), KH_E_FORBIDDEN);
	assert_int_equal(kh_case_hand_over(&c, k, "12/BB", NULL, NOW), 0);
	save_and_open_again(&c);
	assert_int_equal(c.v[1].state, KH_CASE_HANDED_OVER);
	assert_string_equal(c.v[1].note, "12/BB");
	assert_false(holds("told.json", "12/BB") || holds("told.json", "mẫu biểu"));
	assert_true(holds("told.json", "\"reason\":\"form\""));
}

/* Taken away, and the machine went off before the case was saved. */
static void what_was_taken_away_is_held(void **state)
{
	(void)state;
	kh_auto_cases struct kh_cases c = KH_CASES_NONE;
	bool is_new = false;
	begin(&c);
	write_document(TEXT);
	struct kh_case *k = find(&c, TEXT, NOW, &is_new);
	assert_int_equal(kh_cases_save(&c, NOW), 0);
	assert_int_equal(kh_case_hold(&c, k, NOW), 0);
	kh_cases_done(&c);
	assert_int_equal(kh_cases_open(folder, &c), 0);
	k = kh_cases_next_gone(&c, NOW + 1);
	assert_non_null(k);
	assert_int_equal(k->state, KH_CASE_HELD);
	assert_int_equal(kh_case_false_alarm(&c, k, "form", NULL, NOW + 2), 0);
	assert_true(kh_file_exists(file));
}

static void what_is_damaged_begins_anew(void **state)
{
	(void)state;
	kh_auto_free char *path = kh_format("%s/cases.json", folder), *aside = kh_format("%s/cases.json.damaged", folder);
	static const char *const texts[] = {"{", "{}", "[]", "{\"search\":{},\"cases\":[]}", ""};
	for (size_t i = 0; i < KH_COUNT(texts); i++) {
		kh_auto_cases struct kh_cases c = KH_CASES_NONE, look = KH_CASES_NONE;
		begin(&c);
		assert_int_equal(kh_file_replace(path, texts[i], strlen(texts[i]), 0600), 0);
		kh_cases_done(&c);
		assert_true(kh_cases_read(folder, &look) < 0);
		assert_int_equal(kh_cases_open(folder, &c), 0);
		assert_int_equal(c.n, 0);
		assert_true(kh_file_exists(aside));
	}
}

static void old_ones_are_forgotten_and_ids_found(void **state)
{
	(void)state;
	kh_auto_cases struct kh_cases c = KH_CASES_NONE;
	struct kh_case *k = NULL;
	bool is_new = false;
	begin(&c);
	k = find(&c, TEXT, NOW - 2 * KH_CASES_KEPT_S, &is_new);
	save_and_open_again(&c);
	assert_int_equal(c.n, 1); /* open: however old */
	char prefix[9] = "";
	memcpy(prefix, c.v[0].id, 8);
	assert_int_equal(kh_cases_find(&c, prefix, &k), 0);
	assert_ptr_equal(k, c.v);
	assert_int_equal(kh_cases_find(&c, "", &k), KH_E_NOT_FOUND);
	assert_int_equal(kh_cases_find(&c, "zz", &k), KH_E_NOT_FOUND);
	assert_int_equal(kh_case_false_alarm(&c, k, "form", NULL, NOW - 2 * KH_CASES_KEPT_S), 0);
	save_and_open_again(&c);
	assert_int_equal(c.n, 0);
	kh_auto_cases struct kh_cases none = KH_CASES_NONE;
	assert_int_equal(kh_cases_read("/nonexistent", &none), 0);
	assert_int_equal(none.n, 0);
}

/* As a version without the word, or with others, left it. */
static void a_search_that_lacked_something_stays_so(void **state)
{
	static const char word[] = "\"lack\":\"pictures\"";
	(void)state;
	for (int known = 0; known < 2; known++) {
		kh_auto_cases struct kh_cases c = KH_CASES_NONE;
		kh_auto_buf struct kh_buf b = KH_BUF_INIT;
		kh_auto_free char *path = kh_format("%s/cases.json", folder);
		begin(&c);
		c.last = (struct kh_case_search){.ended_s = NOW, .lack = "pictures"};
		assert_int_equal(kh_cases_save(&c, NOW), 0);
		kh_cases_done(&c);
		assert_int_equal(kh_file_read(path, 1 << 20, &b), 0);
		char *at = strstr(b.data, word);
		assert_non_null(at);
		if (!known)
			memcpy(at, "\"lack\":\"whatever\"", strlen(word));
		assert_int_equal(kh_file_replace(path, b.data, b.len, 0600), 0);
		assert_int_equal(kh_cases_open(folder, &c), 0);
		assert_string_equal(c.last.lack, known ? "pictures" : "interrupted");
	}
}

KH_TESTS_WITH(set_up, tear_down, is_kept_and_told_without_its_name, is_gone_with_its_file_but_not_with_its_medium, is_held_put_back_and_handed_over, what_was_taken_away_is_held, what_is_damaged_begins_anew,
	      old_ones_are_forgotten_and_ids_found, a_search_that_lacked_something_stays_so)

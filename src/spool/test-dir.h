/* For the spool's tests only: a directory that is gone after the test, and short forms of append and read. */
#pragma once

#include "base/test.h"

#include "base/alloc.h"
#include "base/error.h"
#include "spool/spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char *KH_UNUSED test_dir(void)
{
	char *dir = kh_strdup("/tmp/kh-spool-XXXXXX");
	assert_non_null(mkdtemp(dir));
	return dir;
}

static void KH_UNUSED empty_dir(const char *dir)
{
	DIR *d = opendir(dir);
	for (struct dirent *e = NULL; d && (e = readdir(d)) != NULL;)
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
}

static void KH_UNUSED remove_dir(char **dir)
{
	empty_dir(*dir);
	rmdir(*dir);
	free(*dir);
}
#define auto_dir KH_CLEANUP(remove_dir)

static struct kh_spool *KH_UNUSED open_spool(const char *dir, uint64_t max_bytes)
{
	struct kh_spool *spool = NULL;
	assert_int_equal(kh_spool_open(dir, max_bytes, &spool), 0);
	return spool;
}

static uint64_t KH_UNUSED put(struct kh_spool *spool, enum kh_spool_class class_, const char *text)
{
	uint64_t seq = 0;
	struct kh_spool_record record = {.class_ = class_, .time_ms = 1000, .payload = text, .len = strlen(text)};
	assert_int_equal(kh_spool_append(spool, &record, &seq), 0);
	return seq;
}

/* A record of `len` bytes that all say `fill`. */
static uint64_t KH_UNUSED put_bytes(struct kh_spool *spool, enum kh_spool_class class_, char fill, size_t len, uint64_t tag)
{
	uint64_t seq = 0;
	kh_auto_free char *bytes = kh_alloc(len + 1);
	memset(bytes, fill, len);
	struct kh_spool_record record = {.class_ = class_, .payload = bytes, .len = len, .tag = tag};
	assert_int_equal(kh_spool_append(spool, &record, &seq), 0);
	return seq;
}

static void KH_UNUSED commit(struct kh_spool *spool)
{
	assert_int_equal(kh_spool_commit(spool), 0);
}

static void KH_UNUSED take(struct kh_spool *spool, struct kh_spool_batch *batch)
{
	assert_int_equal(kh_spool_read(spool, 1000, KH_MIB, batch), 0);
}

static void KH_UNUSED ack_all(struct kh_spool *spool, const struct kh_spool_batch *batch)
{
	kh_spool_ack(spool, batch->epoch, batch->items.v[batch->items.n - 1].seq);
}

/* All records waiting, in order, as "seq:text seq:text …"; a change of epoch as "|". They are acknowledged. */
static char *KH_UNUSED drain(struct kh_spool *spool)
{
	struct kh_buf all = KH_BUF_INIT;
	kh_auto_spool_batch struct kh_spool_batch batch = {0};
	uint64_t epoch = 0;
	for (;;) {
		take(spool, &batch);
		if (batch.items.n == 0)
			break;
		if (epoch && epoch != batch.epoch)
			kh_buf_adds(&all, "| ");
		epoch = batch.epoch;
		kh_array_each(&batch.items, item)
			kh_buf_addf(&all, "%d:%.*s ", (int)item->seq, (int)KH_MIN(item->len, (size_t)20), batch.bytes.data + item->at);
		ack_all(spool, &batch);
	}
	return kh_buf_take(&all);
}

static struct kh_spool_stats KH_UNUSED stats_of(const struct kh_spool *spool)
{
	struct kh_spool_stats stats = {0};
	kh_spool_stats(spool, &stats);
	return stats;
}

/* How many files of a class there are; *ret_name (may be NULL) is the path of the last by name. */
static int KH_UNUSED files_of(const char *dir, const char *class_name, char **ret_name)
{
	struct dirent **list = NULL;
	int n = scandir(dir, &list, NULL, alphasort), count = 0;
	for (int i = 0; i < n; i++) {
		const char *dot = strrchr(list[i]->d_name, '.');
		if (dot && strcmp(dot + 1, class_name) == 0) {
			count++;
			if (ret_name) {
				free(*ret_name);
				*ret_name = kh_format("%s/%s", dir, list[i]->d_name);
			}
		}
		free(list[i]);
	}
	free(list);
	return count;
}

#include "scan/places.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "os/mounted.h"

#include <glob.h>
#include <stdlib.h>

void kh_scan_places_done(struct kh_scan_places *p)
{
	kh_names_done(&p->paths);
	kh_names_done(&p->passed_over);
	kh_executed_done(&p->executed);
	free(p->lack);
	free(p->path_list);
	free(p->passed_over_list);
	free(p->inputs);
	*p = (struct kh_scan_places){0};
}

static void note_lack(struct kh_scan_places *p)
{
	if (!p->lack)
		p->lack = kh_strdup(kh_fail_detail());
}

void kh_scan_places_named(struct kh_scan_places *p, const char *const *patterns, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		glob_t found = {0};
		if (glob(patterns[i], GLOB_NOSORT, NULL, &found) == 0)
			for (size_t k = 0; k < found.gl_pathc; k++)
				kh_array_push(&p->paths, kh_strdup(found.gl_pathv[k]));
		globfree(&found);
	}
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What runs is mostly what starts by itself. */
static void add_once_each(struct kh_scan_places *p, struct kh_names *names)
{
	if (names->n)
		qsort(names->v, names->n, sizeof *names->v, compare_texts);
	for (size_t i = 0; i < names->n; i++)
		if (i == 0 || !kh_streq(names->v[i], names->v[i - 1]))
			kh_array_push(&p->paths, kh_strdup(names->v[i]));
}

void kh_scan_places_quick(struct kh_scan_places *p, const struct kh_collector_options *collector)
{
	static const struct kh_collector_options usual;
	kh_auto_names struct kh_names names = {0};
	if (kh_collector_autostart(collector ? collector : &usual, &names) < 0)
		note_lack(p);
	if (kh_executed_read(&p->executed) < 0)
		note_lack(p);
	kh_array_each(&p->executed, file)
		if (file->fd < 0)
			kh_array_push(&names, kh_strdup(file->path));
	add_once_each(p, &names);
}

/* A file system that is mounted a second time, or a folder of one that is mounted as a whole: its files are found at the first place. */
static bool is_again(const struct kh_mounted_list *m, size_t i)
{
	for (size_t k = 0; k < m->n; k++) {
		bool same = k != i && m->v[k].major == m->v[i].major && m->v[k].minor == m->v[i].minor;
		if (same && m->v[k].whole && (!m->v[i].whole || k < i || kh_streq(m->v[k].path, "/")))
			return true;
	}
	return false;
}

void kh_scan_places_full(struct kh_scan_places *p, const char *root)
{
	kh_auto_mounted struct kh_mounted_list m = {0};
	kh_array_push(&p->paths, kh_strdup("/"));
	if (kh_mounted_read(root, &m) < 0) {
		note_lack(p);
		return;
	}
	for (size_t i = 0; i < m.n; i++)
		if (!kh_streq(m.v[i].path, "/") && (kh_mounted_is_remote(&m.v[i]) || is_again(&m, i)))
			kh_array_push(&p->passed_over, kh_strdup(m.v[i].path));
}

/* ---- into the options ---- */

static const char **list_of(const struct kh_names *names)
{
	const char **list = kh_alloc_array(names->n + 1, sizeof *list);
	for (size_t i = 0; i < names->n; i++)
		list[i] = names->v[i];
	list[names->n] = NULL;
	return list;
}

void kh_scan_places_use(struct kh_scan_places *p, struct kh_scan_options *options)
{
	p->inputs = kh_alloc_array(p->executed.n + 1, sizeof *p->inputs);
	for (size_t i = 0; i < p->executed.n; i++)
		if (p->executed.v[i].fd >= 0)
			p->inputs[p->input_count++] = (struct kh_scan_input){p->executed.v[i].fd, p->executed.v[i].path};
	p->path_list = list_of(&p->paths);
	p->passed_over_list = list_of(&p->passed_over);
	options->paths = p->path_list;
	options->path_count = p->paths.n;
	options->passed_over = p->passed_over_list;
	options->inputs = p->inputs;
	options->input_count = p->input_count;
}

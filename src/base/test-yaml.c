#include "base/alloc.h"
#include "base/error.h"
#include "base/test.h"
#include "base/yaml.h"

static struct kh_yaml *parse(const char *text)
{
	struct kh_yaml *y = NULL;
	assert_int_equal(kh_yaml_parse("x.yaml", text, strlen(text), &y), 0);
	return y;
}

static void reads_a_tree(void **state)
{
	(void)state;
	kh_auto_yaml struct kh_yaml *y = parse("name: Huê\u0301\nlist: [1, two]\nempty:\nquoted: \"null\"\non: true\n");
	const struct kh_yaml_node *root = kh_yaml_root(y), *list = kh_yaml_get(root, "list");
	const char *text = NULL;
	int64_t n = 0;
	bool on = false;
	assert_int_equal(kh_yaml_get_text(root, "name", &text), 0);
	assert_string_equal(text, "Huế");
	assert_int_equal(kh_yaml_count(list), 2);
	assert_int_equal(kh_yaml_int(kh_yaml_item(list, 0), 0, 9, &n), 0);
	assert_int_equal(n, 1);
	assert_null(kh_yaml_item(list, 2));
	assert_true(kh_yaml_is_null(kh_yaml_get(root, "empty")));
	assert_true(kh_yaml_is_null(kh_yaml_get(root, "absent")));
	assert_false(kh_yaml_is_null(kh_yaml_get(root, "quoted")));
	assert_int_equal(kh_yaml_bool(kh_yaml_get(root, "on"), &on), 0);
	assert_true(on);
}

static void says_where_it_is_wrong(void **state)
{
	(void)state;
	static const struct {
		const char *text, *place;
	} cases[] = {
		{"a: [1", "x.yaml:2:1"},     {"a: 1\n b: 2", "x.yaml:2:3"}, {"a: &x 1\nb: *x", "x.yaml:2:4"},
		{"a: 1\na: 2", "x.yaml:2:1"}, {"a: \"\\0\"", "x.yaml:1:4"},
	};
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_yaml *y = NULL;
		assert_int_equal(kh_yaml_parse("x.yaml", cases[i].text, strlen(cases[i].text), &y), KH_E_INVALID_CONFIG);
		assert_ptr_equal(strstr(kh_fail_detail(), cases[i].place), kh_fail_detail());
	}
}

static void complains_of_a_node_with_its_place(void **state)
{
	(void)state;
	static const char *const known[] = {"a", "list", NULL};
	kh_auto_yaml struct kh_yaml *y = parse("a: x\nlist:\n  - 1\nodd: 1\n");
	const struct kh_yaml_node *root = kh_yaml_root(y);
	const char *text = NULL;
	int64_t n = 0;
	assert_int_equal(kh_yaml_int(kh_yaml_get(root, "a"), 0, 9, &n), KH_E_INVALID_CONFIG);
	assert_string_equal(kh_fail_detail(), "x.yaml:1:4: expected a whole number from 0 to 9");
	assert_int_equal(kh_yaml_text(kh_yaml_get(root, "list"), &text), KH_E_INVALID_CONFIG);
	assert_string_equal(kh_fail_detail(), "x.yaml:3:3: expected a text");
	assert_int_equal(kh_yaml_get_text(root, "gone", &text), KH_E_INVALID_CONFIG);
	assert_int_equal(kh_yaml_only(root, known), KH_E_INVALID_CONFIG);
	assert_string_equal(kh_fail_detail(), "x.yaml:4:6: unknown key \"odd\"");
}

static void limits_depth_and_size(void **state)
{
	(void)state;
	char deep[200];
	memset(deep, '[', sizeof deep);
	struct kh_yaml *y = NULL;
	assert_int_equal(kh_yaml_parse("x.yaml", deep, sizeof deep, &y), KH_E_INVALID_CONFIG);
	assert_int_equal(kh_yaml_parse("x.yaml", deep, 100 << 20, &y), KH_E_TOO_LARGE);
	kh_auto_yaml struct kh_yaml *empty = parse("# nothing\n");
	assert_null(kh_yaml_root(empty));
}

KH_TESTS(reads_a_tree, says_where_it_is_wrong, complains_of_a_node_with_its_place, limits_depth_and_size)

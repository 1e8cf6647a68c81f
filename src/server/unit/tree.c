/* The tree of a scope in tree order. */
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "server/unit/unit.h"

struct node {
	struct kh_unit_row row;
	int64_t above; /* the unit it is shown below; 0: a top */
	char *fold;
};

struct nodes {
	KH_ARRAY(struct node) of;
};

static void nodes_done(struct nodes *nodes)
{
	kh_array_each(&nodes->of, n) {
		kh_unit_done(&n->row.unit);
		free(n->fold);
	}
	kh_array_done(&nodes->of);
}

void kh_unit_tree_done(struct kh_unit_tree *tree)
{
	for (size_t i = 0; i < tree->n; i++)
		kh_unit_done(&tree->v[i].unit);
	free(tree->v);
	*tree = (struct kh_unit_tree){0};
}

#define SELECT_TREE                                                                                                                    \
	"SELECT u.id, u.code, u.name, u.kind, u.from_s, u.to_s, u.merged_into, u.name_fold, a.parent_id, p.parent_id, c.n, u.version FROM unit u" \
	" LEFT JOIN unit_edge a ON a.child_id = u.id AND a.line = 'admin' AND a.to_s IS NULL"                                          \
	" LEFT JOIN unit_edge p ON p.child_id = u.id AND p.line = 'police' AND p.to_s IS NULL"                                         \
	" LEFT JOIN (SELECT unit_id, COUNT(*) AS n FROM endpoint WHERE state = 'active' GROUP BY unit_id) c ON c.unit_id = u.id"       \
	" WHERE (u.to_s IS NULL OR ?1 = 1)"

static struct node read_node(const struct kh_stmt *s)
{
	return (struct node){
		.row.unit =
			{
				.id = kh_stmt_int(s, 0),
				.code = kh_strdup(kh_stmt_text(s, 1)),
				.name = kh_strdup(kh_stmt_text(s, 2)),
				.kind = kh_strdup(kh_stmt_text(s, 3)),
				.from_s = kh_stmt_int(s, 4),
				.to_s = kh_stmt_int(s, 5),
				.merged_into = kh_stmt_int(s, 6),
				.version = kh_stmt_int(s, 11),
				.parent = {[KH_LINE_ADMIN] = kh_stmt_int(s, 8), [KH_LINE_POLICE] = kh_stmt_int(s, 9)},
			},
		.row.endpoints = kh_stmt_int(s, 10),
		.fold = kh_strdup(kh_stmt_text(s, 7)),
	};
}

static int read_nodes(struct kh_db *db, const struct kh_unit_tree_options *options, struct nodes *nodes)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = options->scope ? kh_scope_query(db, options->scope, &s, SELECT_TREE " AND {scope:u.id} ORDER BY u.id", options->ended)
			       : kh_db_query(db, &s, SELECT_TREE " ORDER BY u.id", options->ended);
	while (kh_stmt_next(s, &r))
		kh_array_push(&nodes->of, read_node(s));
	return r;
}

static int by_id(const void *a, const void *b)
{
	const struct node *x = a, *y = b;
	return (x->row.unit.id > y->row.unit.id) - (x->row.unit.id < y->row.unit.id);
}

static bool shown(const struct nodes *nodes, int64_t id)
{
	struct node key = {.row.unit.id = id};
	return id && bsearch(&key, nodes->of.v, nodes->of.n, sizeof key, by_id);
}

/* Below the administrative superior, or else the police one, if the scope shows it. Nodes are in order of ids. */
static void choose_places(struct nodes *nodes)
{
	kh_array_each(&nodes->of, n) {
		const int64_t *parent = n->row.unit.parent;
		n->above = shown(nodes, parent[KH_LINE_ADMIN]) ? parent[KH_LINE_ADMIN] : shown(nodes, parent[KH_LINE_POLICE]) ? parent[KH_LINE_POLICE] : 0;
	}
}

static int by_place(const void *a, const void *b)
{
	const struct node *x = a, *y = b;
	if (x->above != y->above)
		return x->above > y->above ? 1 : -1;
	int names = strcmp(x->fold, y->fold);
	return names ? names : by_id(a, b);
}

/* The first node that is shown below a unit, by bisection over nodes in order of places. */
static size_t first_below(const struct nodes *nodes, int64_t above)
{
	size_t low = 0, high = nodes->of.n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (nodes->of.v[middle].above < above)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Hands the nodes below a unit over to the tree, each followed by its own. The depth is bounded by KH_UNIT_MAX_DEPTH. */
static void place_below(struct nodes *nodes, int64_t above, int depth, struct kh_unit_tree *tree)
{
	for (size_t i = first_below(nodes, above); i < nodes->of.n && nodes->of.v[i].above == above; i++) {
		struct node *n = &nodes->of.v[i];
		int64_t id = n->row.unit.id;
		n->row.depth = depth;
		n->row.last = i + 1 == nodes->of.n || nodes->of.v[i + 1].above != above;
		tree->v[tree->n++] = n->row;
		n->row.unit = (struct kh_unit){0};
		place_below(nodes, id, depth + 1, tree);
	}
}

int kh_unit_tree_load(struct kh_db *db, const struct kh_unit_tree_options *options, struct kh_unit_tree *ret)
{
	KH_CLEANUP(nodes_done) struct nodes nodes = {0};
	int r = read_nodes(db, options, &nodes);
	if (r < 0)
		return r;
	choose_places(&nodes);
	if (nodes.of.n)
		qsort(nodes.of.v, nodes.of.n, sizeof *nodes.of.v, by_place);
	struct kh_unit_tree tree = {.v = kh_alloc_array(nodes.of.n, sizeof *tree.v)};
	place_below(&nodes, 0, 0, &tree);
	kh_assert(tree.n == nodes.of.n);
	*ret = tree;
	return 0;
}

#include "document/galley.h"

#include "base/str.h"
#include "document/clean.h"

static const char *own(struct kh_galley *g, char *text)
{
	return *kh_array_push(&g->texts, text);
}

static void add_text(struct kh_galley *g, struct kh_pieces *to, enum kh_face face, const char *lead, const char *text)
{
	bool capitals = kh_form[face].capitals;
	const char *shown = capitals ? own(g, kh_paper_capitals(text)) : text;
	(void)kh_array_push(&to->of, ((struct kh_piece){.kind = KH_PIECE_TEXT, .face = face, .lead = lead, .text = shown, .keep = kh_form[face].keep}));
}

/* A line under the text just added. */
static void add_rule(struct kh_pieces *to, double share)
{
	const struct kh_piece *above = &to->of.v[to->of.n - 1];
	(void)kh_array_push(&to->of, ((struct kh_piece){.kind = KH_PIECE_RULE, .face = above->face, .text = above->text, .lead = "", .share = share, .keep = above->keep}));
}

static void add_space(struct kh_pieces *to, double mm)
{
	(void)kh_array_push(&to->of, ((struct kh_piece){.kind = KH_PIECE_SPACE, .mm = mm}));
}

static void add_pair(struct kh_galley *g, struct kh_pieces *to, double share, struct kh_pieces **ret_left, struct kh_pieces **ret_right)
{
	*ret_left = *kh_array_push(&g->columns, kh_alloc(sizeof **ret_left));
	*ret_right = *kh_array_push(&g->columns, kh_alloc(sizeof **ret_right));
	(void)kh_array_push(&to->of, ((struct kh_piece){.kind = KH_PIECE_PAIR, .share = share, .left = *ret_left, .right = *ret_right}));
}

static const char *or_blank(const char *text)
{
	return *text ? text : KH_PAPER_BLANK;
}

/* II.2.b: in full. A people's committee's name breaks before that of its place, as on every letterhead: "UBND phường Hoa Mai" → "ỦY BAN NHÂN DÂN" / "PHƯỜNG HOA MAI". */
static const char *issuer_lines(struct kh_galley *g, const char *issuer)
{
	static const char committee[] = "ỦY BAN NHÂN DÂN ";
	kh_auto_free char *capitals = kh_paper_capitals(issuer);
	static const char brief[] = "UBND ";
	size_t n = strlen(kh_starts_with(capitals, brief) ? brief : committee);
	bool known = kh_starts_with(capitals, brief) || kh_starts_with(capitals, committee);
	return own(g, known ? kh_format("%.*s\n%s", (int)strlen(committee) - 1, committee, capitals + n) : kh_strdup(capitals));
}

/* Boxes 1 to 5b. The numbers and the date stand on one line: the left column gets an empty line where it has no superior body. */
static void set_head(struct kh_galley *g, const struct kh_paper *paper, struct kh_pieces *to)
{
	struct kh_pieces *left = NULL, *right = NULL;
	add_pair(g, to, KH_FORM_HEAD_LEFT_SHARE, &left, &right);
	if (*paper->parent)
		add_text(g, left, KH_FACE_PARENT, "", paper->parent);
	add_text(g, left, KH_FACE_ISSUER, "", issuer_lines(g, or_blank(paper->issuer)));
	add_rule(left, KH_FORM_RULE_SHARE);
	add_text(g, right, KH_FACE_NATION, "", "Cộng hòa xã hội chủ nghĩa Việt Nam");
	add_text(g, right, KH_FACE_MOTTO, "", "Độc lập - Tự do - Hạnh phúc");
	add_rule(right, 1);
	add_pair(g, to, KH_FORM_HEAD_LEFT_SHARE, &left, &right);
	add_text(g, left, KH_FACE_NUMBER, "", own(g, kh_paper_number_line(paper)));
	if (paper->kind == KH_PAPER_LETTER)
		add_text(g, left, KH_FACE_ABOUT, "", own(g, kh_format("V/v %s", or_blank(paper->about))));
	add_text(g, right, KH_FACE_PLACE, "", own(g, kh_paper_place_line(paper)));
}

static void set_title(struct kh_galley *g, const struct kh_paper *paper, struct kh_pieces *to)
{
	if (paper->kind != KH_PAPER_NAMED)
		return;
	add_text(g, to, KH_FACE_TYPE, "", or_blank(paper->type));
	add_text(g, to, KH_FACE_ABSTRACT, "", or_blank(paper->about));
	add_rule(to, KH_FORM_RULE_SHARE);
	add_space(to, KH_FORM_TITLE_MM_GAP);
}

static void set_to(struct kh_galley *g, const struct kh_paper *paper, struct kh_pieces *to)
{
	size_t n = paper->to.n;
	if (n == 1)
		add_text(g, to, KH_FACE_TO, "", own(g, kh_format("Kính gửi: %s", or_blank(paper->to.v[0]))));
	if (n < 2)
		return;
	add_text(g, to, KH_FACE_TO_MANY, "", "Kính gửi:");
	for (size_t i = 0; i < n; i++)
		add_text(g, to, KH_FACE_TO_ITEM, "", own(g, kh_format("- %s%s", or_blank(paper->to.v[i]), i + 1 < n ? ";" : ".")));
}

static const enum kh_face faces[] = {
	[KH_BLOCK_SECTION] = KH_FACE_SECTION, [KH_BLOCK_CLAUSE] = KH_FACE_CLAUSE, [KH_BLOCK_TEXT] = KH_FACE_TEXT,
	[KH_BLOCK_ITEM] = KH_FACE_ITEM,       [KH_BLOCK_BASIS] = KH_FACE_BASIS,   [KH_BLOCK_REMARK] = KH_FACE_REMARK,
};

static void set_table(struct kh_galley *g, const struct kh_paper_table *table, struct kh_pieces *to)
{
	size_t left = kh_paper_table_rows(table) - kh_paper_table_shown(table);
	(void)kh_array_push(&to->of, ((struct kh_piece){.kind = KH_PIECE_TABLE, .table = table}));
	if (left)
		add_text(g, to, KH_FACE_REMARK, "", own(g, kh_format("Và %zu dòng khác: xem tệp XLSX của văn bản này.", left)));
}

static void set_block(struct kh_galley *g, const struct kh_block *block, bool last, struct kh_pieces *to)
{
	if (block->kind == KH_BLOCK_TABLE) {
		set_table(g, block->table, to);
		return;
	}
	const char *dash = block->kind == KH_BLOCK_ITEM ? "- " : "";
	size_t n = strlen(block->text);
	bool point = n && (block->text[n - 1] == '.' || block->text[n - 1] == ';'); /* "./." takes the place of the last point */
	const char *lead = *block->lead ? own(g, kh_format("%s%s ", dash, block->lead)) : dash;
	const char *text = last ? own(g, kh_format("%.*s./.", (int)(point ? n - 1 : n), block->text)) : block->text;
	add_text(g, to, faces[block->kind], lead, text);
}

/* The text ends with "./.": behind its last paragraph, or on a line of its own behind a table. */
static void set_blocks(struct kh_galley *g, const struct kh_part *part, bool ends, struct kh_pieces *to)
{
	size_t n = part->blocks.n;
	for (size_t i = 0; i < n; i++)
		set_block(g, &part->blocks.v[i], ends && i + 1 == n, to);
	if (ends && (n == 0 || part->blocks.v[n - 1].kind == KH_BLOCK_TABLE))
		add_text(g, to, KH_FACE_TEXT, "", "./.");
}

/* Boxes 7 to 9b. Something stands above: "./." at the least. */
static void set_signature(struct kh_galley *g, const struct kh_paper *paper, struct kh_pieces *to)
{
	struct kh_pieces *left = NULL, *right = NULL;
	bool signer = false;
	to->of.v[to->of.n - 1].keep = true; /* no signature without a line of the text it stands for */
	add_pair(g, to, KH_FORM_SIGN_LEFT_SHARE, &left, &right);
	add_text(g, left, KH_FACE_RECIPIENTS, "", "Nơi nhận:");
	for (size_t i = 0; i < kh_paper_recipient_lines(paper); i++)
		add_text(g, left, KH_FACE_RECIPIENT, "", own(g, kh_paper_recipient_line(paper, i)));
	for (size_t i = 0; i < KH_COUNT(paper->authority); i++)
		if (*paper->authority[i]) {
			add_text(g, right, KH_FACE_AUTHORITY, "", paper->authority[i]);
			signer = true;
		}
	if (!signer)
		add_text(g, right, KH_FACE_AUTHORITY, "", KH_PAPER_BLANK);
	if (paper->signature.width)
		(void)kh_array_push(&right->of, ((struct kh_piece){.kind = KH_PIECE_PICTURE, .mm = KH_FORM_SIGNATURE_MM, .picture = &paper->signature}));
	else
		add_space(right, KH_FORM_SIGNATURE_MM);
	add_text(g, right, KH_FACE_SIGNER, "", or_blank(paper->signer));
}

static void set_annex(struct kh_galley *g, const struct kh_paper *paper, size_t i)
{
	const struct kh_part *annex = paper->annexes.v[i];
	struct kh_section *section = kh_array_push(&g->sections, (struct kh_section){.landscape = annex->landscape});
	add_text(g, &section->pieces, KH_FACE_ANNEX, "", own(g, kh_paper_annex_line(paper, i)));
	if (*annex->title)
		add_text(g, &section->pieces, KH_FACE_ANNEX_TITLE, "", annex->title);
	add_text(g, &section->pieces, KH_FACE_ANNEX_OF, "", own(g, kh_paper_annex_of_line(paper)));
	add_rule(&section->pieces, KH_FORM_RULE_SHARE);
	set_blocks(g, annex, false, &section->pieces);
}

double kh_piece_picture_mm(const struct kh_piece *piece, double width_mm, double *ret_height)
{
	double ratio = (double)piece->picture->width / piece->picture->height, width = KH_MIN(piece->mm * ratio, width_mm);
	*ret_height = width / ratio;
	return width;
}

void kh_galley_set(const struct kh_paper *paper, struct kh_galley *ret)
{
	*ret = (struct kh_galley){0};
	struct kh_section *section = kh_array_push(&ret->sections, (struct kh_section){.landscape = paper->body.landscape});
	if (*paper->remark)
		add_text(ret, &section->pieces, KH_FACE_REMARK, "", paper->remark);
	set_head(ret, paper, &section->pieces);
	set_title(ret, paper, &section->pieces);
	set_to(ret, paper, &section->pieces);
	set_blocks(ret, &paper->body, true, &section->pieces);
	set_signature(ret, paper, &section->pieces);
	for (size_t i = 0; i < paper->annexes.n; i++)
		if (!paper->annexes.v[i]->sheet_only)
			set_annex(ret, paper, i);
}

void kh_galley_done(struct kh_galley *galley)
{
	kh_array_each(&galley->sections, section)
		kh_array_done(&section->pieces.of);
	kh_array_each(&galley->columns, column) {
		kh_array_done(&(*column)->of);
		free(*column);
	}
	kh_array_each(&galley->texts, text)
		free(*text);
	kh_array_done(&galley->sections);
	kh_array_done(&galley->columns);
	kh_array_done(&galley->texts);
}

#include "document/paper.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "document/clean.h"
#include "document/limits.h"

#include <math.h>
#include <time.h>

struct kh_paper_own {
	KH_ARRAY(char *) texts;
	KH_ARRAY(struct kh_paper_table *) tables;
	size_t blocks, cells;
	bool overflow;
};

struct kh_paper *kh_paper_new(void)
{
	struct kh_paper *paper = kh_alloc(sizeof *paper);
	paper->own = kh_alloc(sizeof *paper->own);
	paper->kind = KH_PAPER_NAMED;
	paper->day = KH_PAPER_NO_DAY;
	paper->parent = paper->issuer = paper->number = paper->symbol = paper->place = "";
	paper->type = paper->about = paper->signer = paper->kept = paper->remark = "";
	for (size_t i = 0; i < KH_COUNT(paper->authority); i++)
		paper->authority[i] = "";
	paper->body.title = "";
	return paper;
}

static void part_done(struct kh_part *part)
{
	kh_array_done(&part->blocks);
}

static void own_free(struct kh_paper_own *own)
{
	kh_array_each(&own->texts, text)
		free(*text);
	kh_array_each(&own->tables, table) {
		kh_array_done(&(*table)->columns);
		kh_array_done(&(*table)->cells);
		free(*table);
	}
	kh_array_done(&own->texts);
	kh_array_done(&own->tables);
	free(own);
}

void kh_paper_free(struct kh_paper *paper)
{
	if (!paper)
		return;
	kh_array_each(&paper->annexes, annex) {
		part_done(*annex);
		free(*annex);
	}
	kh_array_done(&paper->annexes);
	kh_array_done(&paper->to);
	kh_array_done(&paper->recipients);
	part_done(&paper->body);
	kh_picture_done(&paper->signature);
	own_free(paper->own);
	free(paper);
}

int kh_paper_status(const struct kh_paper *paper)
{
	return paper->own->overflow ? kh_fail(KH_E_TOO_LARGE, "the document has more text, rows or annexes than fit into one") : 0;
}

/* May one more be added? */
static bool room(struct kh_paper *paper, size_t n, size_t max)
{
	if (n >= max)
		paper->own->overflow = true;
	return n < max;
}

const char *kh_paper_keep(struct kh_paper *paper, const char *text)
{
	if (!text || !*text)
		return "";
	return *kh_array_push(&paper->own->texts, kh_paper_clean(text));
}

void kh_paper_add_to(struct kh_paper *paper, const char *text)
{
	if (room(paper, paper->to.n, KH_PAPER_LINES))
		(void)kh_array_push(&paper->to, kh_paper_keep(paper, text));
}

void kh_paper_add_recipient(struct kh_paper *paper, const char *text)
{
	if (room(paper, paper->recipients.n, KH_PAPER_LINES))
		(void)kh_array_push(&paper->recipients, kh_paper_keep(paper, text));
}

struct kh_part *kh_paper_add_annex(struct kh_paper *paper, const char *title, bool landscape)
{
	/* One too many still gets a place to write to: the status says that the whole is of no use. */
	if (!room(paper, paper->annexes.n, KH_PAPER_ANNEXES))
		return paper->annexes.v[paper->annexes.n - 1];
	struct kh_part *annex = kh_alloc(sizeof *annex);
	annex->title = kh_paper_keep(paper, title);
	annex->landscape = landscape;
	return *kh_array_push(&paper->annexes, annex);
}

static struct kh_block *add_block(struct kh_paper *paper, struct kh_part *part, enum kh_block_kind kind)
{
	paper->own->blocks++;
	return kh_array_push(&part->blocks, ((struct kh_block){.kind = kind, .lead = "", .text = ""}));
}

void kh_paper_add(struct kh_paper *paper, struct kh_part *part, enum kh_block_kind kind, const char *lead, const char *text)
{
	if (!room(paper, paper->own->blocks, KH_PAPER_BLOCKS))
		return;
	struct kh_block *block = add_block(paper, part, kind);
	block->lead = kh_paper_keep(paper, lead);
	block->text = kh_paper_keep(paper, text);
}

/* ---- tables ---- */

struct kh_paper_table *kh_paper_add_table(struct kh_paper *paper, struct kh_part *part)
{
	struct kh_paper_table *table = *kh_array_push(&paper->own->tables, kh_alloc(sizeof *table));
	if (room(paper, paper->own->blocks, KH_PAPER_BLOCKS))
		add_block(paper, part, KH_BLOCK_TABLE)->table = table;
	return table;
}

void kh_paper_table_add_column(struct kh_paper *paper, struct kh_paper_table *table, const char *title, double share, bool centred)
{
	if (room(paper, table->columns.n, KH_PAPER_COLUMNS))
		(void)kh_array_push(&table->columns, ((struct kh_column){kh_paper_keep(paper, title), share, centred}));
}

static void add_cell(struct kh_paper *paper, struct kh_paper_table *table, struct kh_cell cell)
{
	if (room(paper, paper->own->cells, KH_PAPER_CELLS)) {
		(void)kh_array_push(&table->cells, cell);
		paper->own->cells++;
	}
}

void kh_paper_table_add_text(struct kh_paper *paper, struct kh_paper_table *table, const char *text)
{
	add_cell(paper, table, (struct kh_cell){.kind = KH_CELL_TEXT, .text = kh_paper_keep(paper, text)});
}

void kh_paper_table_add_number(struct kh_paper *paper, struct kh_paper_table *table, double number, int places)
{
	char text[KH_PAPER_NUMBER_SIZE];
	add_cell(paper, table, (struct kh_cell){.kind = KH_CELL_NUMBER, .text = kh_paper_keep(paper, kh_paper_number_text(number, places, text)),
						.number = number, .places = places});
}

static struct tm date_of(int64_t day)
{
	time_t s = (time_t)(day * KH_DAY_S);
	struct tm date = {0};
	kh_assert(gmtime_r(&s, &date) != NULL);
	return date;
}

void kh_paper_table_add_day(struct kh_paper *paper, struct kh_paper_table *table, int64_t day)
{
	struct tm date = date_of(day);
	kh_auto_free char *text = kh_format("%02d/%02d/%04d", date.tm_mday, date.tm_mon + 1, date.tm_year + 1900);
	add_cell(paper, table, (struct kh_cell){.kind = KH_CELL_DAY, .text = kh_paper_keep(paper, text), .number = (double)day});
}

size_t kh_paper_table_rows(const struct kh_paper_table *table)
{
	return table->columns.n ? (table->cells.n + table->columns.n - 1) / table->columns.n : 0;
}

size_t kh_paper_rows(const struct kh_paper *paper)
{
	size_t rows = 0;
	kh_array_each(&paper->own->tables, table)
		rows += kh_paper_table_rows(*table);
	return rows;
}

size_t kh_paper_table_shown(const struct kh_paper_table *table)
{
	size_t rows = kh_paper_table_rows(table);
	return table->most ? KH_MIN(rows, table->most) : rows;
}

const char *kh_paper_number_text(double number, int places, char out[KH_PAPER_NUMBER_SIZE])
{
	kh_auto_free char *plain = kh_format("%.*f", places, fabs(number) < 1e15 ? number : copysign(1e15, number));
	size_t whole = strcspn(plain, "."), sign = *plain == '-', at = 0;
	for (size_t i = 0; plain[i]; i++) {
		if (i > sign && i < whole && (whole - i) % 3 == 0)
			out[at++] = '.';
		out[at++] = plain[i] == '.' ? ',' : plain[i];
	}
	out[at] = '\0';
	return out;
}

/* ---- lines ---- */

/* II.3.c: a number below 10 has a 0 in front. */
static char *two_digits(const char *number)
{
	bool single = strlen(number) == 1 && *number >= '0' && *number <= '9';
	return kh_format("%s%s", single ? "0" : "", number);
}

char *kh_paper_number_line(const struct kh_paper *paper)
{
	kh_auto_free char *number = *paper->number ? two_digits(paper->number) : kh_strdup("        ");
	return kh_format("Số: %s/%s", number, *paper->symbol ? paper->symbol : KH_PAPER_BLANK);
}

/* II.4.b: days below 10 and the months 1 and 2 have a 0 in front. */
static char *date_words(const struct kh_paper *paper)
{
	if (paper->day == KH_PAPER_NO_DAY)
		return kh_format("ngày … tháng … năm %d", paper->year);
	struct tm date = date_of(paper->day);
	int month = date.tm_mon + 1;
	return kh_format("ngày %02d tháng %s%d năm %d", date.tm_mday, month < 3 ? "0" : "", month, date.tm_year + 1900);
}

char *kh_paper_place_line(const struct kh_paper *paper)
{
	kh_auto_free char *date = date_words(paper);
	return kh_format("%s, %s", *paper->place ? paper->place : KH_PAPER_BLANK, date);
}

static void add_roman(struct kh_buf *out, size_t n)
{
	static const struct {
		size_t value;
		const char *digits;
	} roman[] = {{90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}};
	for (size_t i = 0; i < KH_COUNT(roman); i++)
		for (; n >= roman[i].value; n -= roman[i].value)
			kh_buf_adds(out, roman[i].digits);
}

char *kh_paper_annex_line(const struct kh_paper *paper, size_t i)
{
	kh_auto_buf struct kh_buf line = KH_BUF_INIT;
	size_t on_paper = 0;
	kh_array_each(&paper->annexes, annex)
		on_paper += !(*annex)->sheet_only;
	if (i >= on_paper)
		return kh_format("Danh sách %zu", i - on_paper + 1);
	kh_buf_adds(&line, "Phụ lục");
	if (on_paper > 1) {
		kh_buf_addc(&line, ' ');
		add_roman(&line, i + 1);
	}
	return kh_buf_take(&line);
}

char *kh_paper_annex_of_line(const struct kh_paper *paper)
{
	kh_auto_free char *date = date_words(paper);
	kh_auto_free char *number = *paper->number ? two_digits(paper->number) : kh_strdup(KH_PAPER_BLANK);
	return kh_format("(Kèm theo %s số %s/%s %s của %s)", *paper->type ? paper->type : "Công văn", number, *paper->symbol ? paper->symbol : KH_PAPER_BLANK, date,
			 *paper->issuer ? paper->issuer : KH_PAPER_BLANK);
}

size_t kh_paper_recipient_lines(const struct kh_paper *paper)
{
	return (paper->to.n > 0) + paper->recipients.n + 1;
}

char *kh_paper_recipient_line(const struct kh_paper *paper, size_t i)
{
	if (i + 1 == kh_paper_recipient_lines(paper))
		return kh_format("- Lưu: %s.", *paper->kept ? paper->kept : "VT");
	if (paper->to.n > 0 && i == 0)
		return kh_strdup("- Như trên;");
	return kh_format("- %s;", paper->recipients.v[i - (paper->to.n > 0)]);
}
